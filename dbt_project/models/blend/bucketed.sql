-- The same candidates as in `candidates.candidates`, with the bucket of each signal in place of its value. No file
-- names the models of signals: the macro `candidates_of` (macros/signals/signals.sql) reads those that the list of
-- signals in dbt_project.yml has.
{{ candidates_of(ref('scored_customers'), in_buckets=true) }}
