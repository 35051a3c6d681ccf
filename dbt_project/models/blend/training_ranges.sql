{{ config(enabled=var('training', false)) }}

{{ value_ranges(ref('training_rows')) }}
