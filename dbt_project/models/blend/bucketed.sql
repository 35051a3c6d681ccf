-- The same candidates as in `candidates.candidates`, with the bucket of each signal in place of its value.
{{ candidates_of(ref('scored_customers'), in_buckets=true) }}
