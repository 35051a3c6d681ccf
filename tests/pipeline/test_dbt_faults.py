"""Sentences about failures of dbt name the place and the way out."""

import pytest

from recs_py.errors import RecsError, UsageError
from recs_py.pipeline.dbt_build import ROOT, project_variables
from recs_py.pipeline.dbt_faults import explain

TEMPLATE = """Compilation Error in model season (dbt_project/models/signals/season.sql)
  unexpected '}', expected ')'
    line 6
      {{ weeks_before_target_week('week' }} as weeks_ago"""
MACRO = """Compilation Error in model season (dbt_project/models/signals/season.sql)
  'nosuch' is undefined. This can happen when calling a macro that does not exist. Check for typos."""
YAML = """Parsing Error
  Error reading recs: recs/shop.yml - Runtime Error
    Syntax error near line 49
    ------------------------------
    48 |   - name: a
    49 |     description: one: two

    Raw Error:
    ------------------------------
    mapping values are not allowed in this context
      in "<unicode string>", line 49, column 42"""
UNIT_TEST = """Compilation Error
  'model.recs.a_test' (dbt_project/models/recommendations/unit_tests/live_lists.yml) depends on a node named \
'customer_articles' which was not found"""
MEMORY = """Runtime Error in model popularity (dbt_project/models/signals/popularity.sql)
  Out of Memory Error: could not allocate block of size 256.0 KiB (19.3 MiB/19.0 MiB used)

  Possible solutions:"""
TYPE = """Compilation Error in model weekly_replicates (dbt_project/models/evaluation/weekly_replicates.sql)
  '<' not supported between instances of 'str' and 'int'"""


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (TEMPLATE, "dbt_project/models/signals/season.sql: unexpected '}', expected ')' line 6"),
        (MACRO, "dbt_project/models/signals/season.sql: 'nosuch' is undefined. This can happen"),
        (YAML, "dbt_project/models/recs/shop.yml is no YAML near line 49 (mapping values are not allowed in this"),
        (
            UNIT_TEST,
            "unit_tests/live_lists.yml has no rows of customer_articles, which its model reads: add it to `given`",
        ),
        (MEMORY, "(19.3 MiB/19.0 MiB used): set RECS_MEMORY to more"),
        (TYPE, "weekly_replicates.sql cannot be compiled ('<' not supported"),
    ],
)
def test_a_message_of_dbt_names_the_place_and_the_way_out(message, expected):
    error = explain(message, root=ROOT, variables=project_variables())
    assert expected in str(error)
    assert type(error) is RecsError


def test_a_setting_that_no_model_can_be_compiled_with_is_named():
    settings = {**project_variables(), "list_lenght": 12, "max_df": "a tenth"}
    del settings["list_length"]
    error = explain(TYPE, root=ROOT, variables=settings)
    assert isinstance(error, UsageError)
    assert str(error) == (
        "3 settings are wrong: there is no setting list_lenght; the setting list_length is missing; "
        "max_df is a tenth: choose a number above 0 to 1 (in vars of dbt_project.yml or --vars)."
    )
