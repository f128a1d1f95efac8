curl -s "$GATEWAY/v1/cases" -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' \
  -H "Idempotency-Key: $KEY" -d '{"service": "echo.stamped", "form": {"text": "Bonjour"}}'
