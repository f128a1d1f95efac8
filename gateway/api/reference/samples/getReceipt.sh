curl -s "$GATEWAY/v1/cases/$CASE/receipt" -H "Authorization: Bearer $TOKEN"
