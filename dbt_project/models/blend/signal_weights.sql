{% for signal in signals() %}
select
    {{ loop.index }} as position,
    '{{ signal.name }}' as signal,
    cast({{ signal.weight }} as double) as weight,
    {{ signal.monotone }} as monotone
{{ 'union all' if not loop.last }}
{% endfor %}
