curl -s "$GATEWAY/v1/events?limit=2" -H "Authorization: Bearer $TOKEN"
