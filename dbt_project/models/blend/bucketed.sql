{{ candidates_of(ref('scored_customers'), in_buckets=true) }}
