{{ points(ref('bucketed')) }}
