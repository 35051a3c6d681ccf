{{ points(ref('bucketed'), ref('live_lookup')) }}
