curl -s "$GATEWAY/v1/events/tickets" -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' \
  -H "Idempotency-Key: $KEY" -d '{}'
