curl -s "$GATEWAY/v1/services?q=acte+de+naissance" -H 'Accept-Language: fr'
