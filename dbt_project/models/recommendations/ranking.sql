{{ ranking(ref('bucketed'), ref('live_lookup')) }}
