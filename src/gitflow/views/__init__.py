"""The JSON and the JSON Schema of each noun of the API, both made from one record."""
