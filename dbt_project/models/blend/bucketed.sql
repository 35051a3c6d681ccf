{% if var('customers') == 'all' -%}
{{ candidates_of(ref('scored_customers'), in_buckets=true) }}
{%- else -%}
-- candidates that are kept need not be found again
{{ bucketed(ref('candidates')) }}
{%- endif %}
