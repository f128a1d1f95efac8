curl -s "$GATEWAY/v1/cases/$CASE/actions/pay" -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' \
  -H "Idempotency-Key: $KEY" -d '{}'
