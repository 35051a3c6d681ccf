{#- The attributes of an article that a customer may prefer, each with the relation that has `<attribute>_key`. -#}
{% macro attributes() -%}
    {{ return({
        'department': ref('articles'),
        'category': ref('articles'),
        'product_type': ref('articles'),
        'colour': ref('articles'),
        'brand': ref('articles'),
        'price_level': ref('article_popularity'),
    }) }}
{%- endmacro %}
