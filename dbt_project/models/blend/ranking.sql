{{ ranking(ref('bucketed')) }}
