curl -s "$GATEWAY/v1/cases/$CASE" -H "Authorization: Bearer $TOKEN" -H 'Accept-Language: ar'
