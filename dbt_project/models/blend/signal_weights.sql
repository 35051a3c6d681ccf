{% for signal in signals() %}
select
    '{{ signal.name }}' as signal,
    cast({{ signal.weight }} as double) as weight
{{ 'union all' if not loop.last }}
{% endfor %}
