"""The structure of the project: models read only to their left, are described and keyed, and signals are registered."""

import ast
import json
import re
import shlex
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml
from dbt.cli.main import dbtRunner

from recs_py.distribution import NAME, ROOT, install_command
from recs_py.errors import RecsError, UsageError
from recs_py.macros import returned
from recs_py.pipeline import dbt_build
from recs_py.pipeline.used_signals import used_signals
from recs_py.publishing.publish import INTERNAL, TABLES, VIEWS, publish
from tests.conftest import LONGEST, copy_project

# folders of `recs_py`: each imports only folders before it, and the modules beside them
ROOMS = (
    "kernels", "synthetic", "loading", "spark", "publishing", "pipeline", "training", "evaluation", "scoring",
    "reading", "api", "cli",
)  # fmt: skip
ORDER = [
    "staging", "features", "rules", "similarities", "signals", "candidates", "blend", "training", "recommendations",
    "internal", "recs", "evaluation",
]  # fmt: skip


@pytest.fixture(scope="session")
def manifest(tmp_path_factory) -> dict:
    target = tmp_path_factory.mktemp("target")
    outcome = dbtRunner().invoke(
        ["--quiet", "parse", "--project-dir", str(ROOT), "--profiles-dir", str(ROOT), "--target-path", str(target)]
    )
    assert outcome.success, outcome.exception
    return json.loads((target / "manifest.json").read_text())


@pytest.fixture(scope="session")
def models(manifest) -> list[dict]:
    return [node for node in manifest["nodes"].values() if node["resource_type"] == "model"]


def stage(node: dict) -> str:
    return node["fqn"][1]


def test_public_functions_say_what_they_take_and_give():
    untyped = []
    for path in (ROOT / "recs_py").rglob("*.py"):
        for scope in ast.walk(ast.parse(path.read_text())):
            # a function within a function is nobody's interface
            for node in scope.body if isinstance(scope, ast.Module | ast.ClassDef) else []:
                if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
                    arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
                    typed = [argument.annotation for argument in arguments if argument.arg not in ("self", "cls")]
                    if node.returns is None or None in typed:
                        untyped.append(f"{path.name}: {node.name}")
    assert untyped == []


def imports_of_recs(path: Path) -> set[str]:
    """Rooms and modules of `recs_py` that a file imports, also within a function."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} has a relative import"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return {name.split(".")[1] for name in found if name.startswith("recs_py.")} | {
        name for name in found if name.split(".")[0] in ("benchmarks", "tests")
    }


def test_a_room_of_the_package_imports_only_rooms_before_it():
    package = ROOT / "recs_py"
    assert {path.parent.name for path in package.glob("*/__init__.py")} == set(ROOMS)
    wrong = []
    # the package's own module names what is public
    for path in set(package.rglob("*.py")) - {package / "__init__.py"}:
        room = path.relative_to(package).parts[0] if path.parent != package else None
        allowed = {file.stem for file in package.glob("*.py")} | set(ROOMS[: ROOMS.index(room) + 1] if room else ())
        wrong += [f"{path.relative_to(ROOT)} imports {name}" for name in sorted(imports_of_recs(path) - allowed)]
    assert wrong == []


def test_a_folder_of_python_holds_at_most_a_dozen_files_and_says_what_it_is_for():
    for top in ("recs_py", "benchmarks", "tests"):
        for folder in {path.parent for path in (ROOT / top).rglob("*.py")}:
            assert len(list(folder.glob("*.py"))) <= 12, f"{folder} holds too many files"
            assert top == "tests" or ast.get_docstring(ast.parse((folder / "__init__.py").read_text())), folder


def test_the_checks_before_a_commit_are_those_of_make_lint():
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"][0]["hooks"]
    lint = re.search(r"^lint:.*\n((?:\t.*\n)+)", (ROOT / "Makefile").read_text(), flags=re.MULTILINE)[1]
    programs = re.findall(r"\$\(BIN\)/(ruff check|ruff format --check|sqlfluff lint)(.*raw)?", lint)
    assert [
        (hook["entry"].startswith(f".venv/bin/{program}"), "raw" in hook["entry"])
        for hook, (program, _) in zip(hooks, programs, strict=True)
    ] == [(True, bool(raw)) for _, raw in programs]


def test_signals_that_the_linter_reads_and_files_of_tests_that_begin_exist():
    context = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["sqlfluff"]["templater"]["dbt"]["context"]
    assert {*context["used_signals"]} <= {signal["name"] for signal in dbt_build.project_variables()["signals"]}
    assert [file for file in LONGEST if not (ROOT / "tests" / file).exists()] == []


def test_every_public_view_has_a_reader(manifest, models):
    read = {parent for exposure in manifest["exposures"].values() for parent in exposure["depends_on"]["nodes"]}
    assert {model["unique_id"] for model in models if stage(model) == "recs"} <= read


def test_every_public_view_is_published(models):
    # a macro makes `runs`, all other tables and views are models
    public = {"runs", *(model["name"] for model in models if stage(model) == "recs")}
    assert public == {*TABLES, *VIEWS} - {*INTERNAL}
    assert {model["name"] for model in models if stage(model) == "internal"} == {*INTERNAL}


def test_the_views_that_postgresql_has_of_its_own_have_every_column(models):
    columns = {model["name"]: set(model["columns"]) for model in models if stage(model) in ("recs", "internal")}
    for path in (ROOT / "sql" / "postgresql").glob("*.sql"):
        # the columns of the outermost select, one a line: `lists.rank,` or an expression that ends in `as rank,`
        selected = set(re.findall(r"^    (?:.*[. ])?(\w+),?$", path.read_text(), flags=re.MULTILINE))
        lacks = columns[path.stem] - selected
        assert not lacks, f"sql/postgresql/{path.name} lacks {lacks}, which models/recs/recs.yml has"


def test_every_folder_is_a_stage_and_a_schema(models):
    for model in models:
        assert stage(model) in ORDER, model["name"]
        assert model["schema"] == stage(model), model["name"]


def test_nothing_reads_to_its_right(manifest, models):
    # recs shows what evaluation found: the one view that may look there
    wrong = [
        f"{model['name']} reads {manifest['nodes'][parent]['name']}"
        for model in models
        for parent in model["depends_on"]["nodes"]
        if parent.startswith("model.")
        and stage(model) != "recs"
        and ORDER.index(stage(manifest["nodes"][parent])) > ORDER.index(stage(model))
    ]
    assert wrong == []


def test_every_model_says_what_it_is_and_its_grain(models):
    for model in models:
        assert "One row" in model["description"], f"{model['name']} does not say its grain"


def test_every_table_has_a_key_test(manifest, models):
    tested = {
        parent
        for node in manifest["nodes"].values()
        if node["resource_type"] == "test" and node.get("test_metadata", {}).get("name") == "one_row_per"
        for parent in node["depends_on"]["nodes"]
    }
    # a view over a keyed table needs no test of its own
    views = {model["unique_id"] for model in models if model["config"]["materialized"] == "view"}
    candidate_signals = {model["unique_id"] for model in models if stage(model) == "signals"}
    missing = {model["unique_id"] for model in models} - tested - views - candidate_signals
    assert missing == set()


def test_the_public_schema_has_contracts_and_described_columns(models):
    public = [model for model in models if stage(model) in ("recs", "internal")]
    assert {"recommendations", "recommendations_explained", "similar_articles", "popular_articles"} <= {
        model["name"] for model in public
    }
    for model in public:
        assert model["config"]["contract"]["enforced"], model["name"]
        assert all(column["description"] for column in model["columns"].values()), model["name"]


def test_the_target_week_itself_is_read_by_evaluation_alone(models):
    readers = {
        model["name"]
        for model in models
        if any(reads in model["raw_code"] for reads in ("in_target_week(", "buyers_of_target_week("))
        and stage(model) != "evaluation"
    }
    # one chooses whom to score in a backtest, never how; the other nets purchases of that week, the ground truth
    assert readers == {"scored_customers", "returned_purchases"}


# customers to score, ground truth of training weeks, data of the report: none feeds a recommendation
BEYOND_THE_TARGET_WEEK = ("scored_customers.sql", "training_rows.sql", "department_sales.sql", "sample_purchases.sql")


def test_only_the_rule_of_time_compares_with_the_target_week():
    models = ROOT / "dbt_project" / "models"
    for path in models.rglob("*.py"):
        assert not re.search(r"""["'](transactions|checked_transactions|ground_truth)["']""", path.read_text()), (
            f"{path.name} reads transactions: let it read a model of the room features, which keeps the rule of time"
        )
    for path in models.rglob("*.sql"):
        if path.parent.name in ("evaluation", "staging"):
            continue
        sql = re.sub(r"--.*", "", path.read_text())
        assert not re.search(r"transaction_date\s*(<|>|between)", sql), (
            f"{path.name} compares transaction_date by itself"
        )
        if "ref('transactions')" in sql and path.name not in BEYOND_THE_TARGET_WEEK:
            # tables of features that keep their weeks keep those before the target week
            assert "before_target_week(" in sql or "weeks_to_make()" in sql, (
                f"{path.name} reads transactions without the rule of time"
            )


@pytest.fixture
def project_copy(tmp_path, monkeypatch) -> Path:
    folder = tmp_path / "project"
    copy_project(folder)
    monkeypatch.setattr(dbt_build, "project", lambda: folder)
    return folder


def add_signal(project: Path, name: str, **keys) -> None:
    settings = project / "dbt_project.yml"
    loaded = yaml.safe_load(settings.read_text())
    loaded["vars"]["signals"].append({"name": name, "weight": 0.3, **keys})
    settings.write_text(yaml.safe_dump(loaded))


@pytest.mark.parametrize("room", ["features", "rules", "similarities", "signals"])
def test_every_formula_has_a_unit_test(room):
    folder = ROOT / "dbt_project" / "models" / room
    without = {path.stem for path in folder.glob("*.sql")} - {
        path.stem for path in (folder / "unit_tests").glob("*.yml")
    }
    assert not without, f"write rows worked by hand in dbt_project/models/{room}/unit_tests/<model>.yml"


@pytest.mark.slow
def test_variables_that_only_queries_read_leave_the_project_as_it_is(tmp_path):
    others = {
        "apply_rules": False, "buckets": 16, "eligible_days": 1000,
        "evaluated_systems": ["signals"], "evaluation_fingerprint": "abc", "fit_weights": False,
        "half_lives": {"recent": 1, "usual": 1, "lasting": 1}, "learned": False, "list_length": 60,
        "recommend_unsold": True, "training_customers": 7,
    }  # fmt: skip
    # for a week that is given one model calls another macro, which is no reference
    assert {*others, "target_week", "as_of"} == dbt_build.OF_QUERIES

    def read(variables: dict) -> dict[str, str]:
        folders = ["--project-dir", str(ROOT), "--profiles-dir", str(ROOT), "--target-path", str(tmp_path)]
        outcome = dbtRunner().invoke(["--quiet", "parse", *folders, "--vars", json.dumps(variables)])
        assert outcome.success, outcome.exception
        manifest = json.loads((tmp_path / "manifest.json").read_text())
        return {
            name: re.sub(r'"created_at": [\d.]+', "", json.dumps(node))
            for kind in ("nodes", "unit_tests", "disabled", "sources", "exposures", "macros")
            for name, node in manifest[kind].items()
        }

    before, after = read({"training": True}), read({"training": True} | others)
    assert [name for name in before.keys() | after.keys() if before.get(name) != after.get(name)] == []


def test_a_registered_signal_without_a_model_is_named(project_copy, toy_shop, tmp_path):
    add_signal(project_copy, "moonshine")
    with pytest.raises(RecsError, match=r"signal moonshine is listed in dbt_project\.yml but has no model"):
        dbt_build.build(database=toy_shop.copy(tmp_path / "shop").database)


def test_a_misspelt_reference_is_no_missing_signal(project_copy, toy_shop, tmp_path):
    model = project_copy / "dbt_project/models/staging/checked_rules.sql"
    model.write_text(model.read_text().replace("ref('customers')", "ref('custmers')"))
    with pytest.raises(RecsError) as error:
        dbt_build.build(database=toy_shop.copy(tmp_path / "shop").database)
    assert str(error.value) == (
        "dbt_project/models/staging/checked_rules.sql refers to a model custmers, which does not exist: "
        "did you mean customers?"
    )


@pytest.mark.slow
def test_a_signal_that_is_no_column_of_its_model_is_named(project_copy, toy_shop, tmp_path):
    change_settings(project_copy, {"{name: repurchase_recent, ": "{name: repurchase_recnt, "})
    with pytest.raises(
        RecsError, match=r"signal repurchase_recnt is listed .* but is no column of its model repurchase:"
    ):
        dbt_build.build(
            database=toy_shop.copy(tmp_path / "shop").database,
            variables={"used_signals": ["repurchase_recnt", "popularity"]},
            select=["path:dbt_project/models/candidates/candidates.sql"],
            command="run",
        )


@pytest.mark.slow
def test_a_signal_whose_column_is_called_otherwise_is_explained(project_copy, toy_shop, tmp_path):
    add_signal(project_copy, "moonshine", keys=["article_key"])
    (project_copy / "dbt_project/models/signals/moonshine.sql").write_text(
        "select article_key, 0.5 as share, 'a' as shade from {{ ref('articles') }}"
    )
    with pytest.raises(RecsError, match=r"no column of it \(article_key INTEGER, .*share.*\): name the column"):
        dbt_build.build(
            database=toy_shop.copy(tmp_path / "shop").database,
            variables={"used_signals": ["repurchase", "moonshine", "popularity"]},
            select=["moonshine", "signal_shapes"],
            command="run",
        )


@pytest.mark.slow
def test_a_project_that_cannot_be_written_to_is_built_all_the_same(project_copy, toy_shop, tmp_path):
    for folder in ("logs", "target"):  # where a file is, nobody makes a folder, root neither
        shutil.rmtree(project_copy / folder, ignore_errors=True)
        (project_copy / folder).write_text("")
    database = toy_shop.copy(tmp_path / "shop").database
    assert dbt_build.build(database=database, select=["checked_rules"], command="run")


def test_a_model_that_no_signal_uses_is_named(project_copy, toy_shop, tmp_path):
    (project_copy / "dbt_project/models/signals/moonshine.sql").write_text("select 1 as customer_key")
    with pytest.raises(RecsError, match="model signals/moonshine belongs to no signal"):
        dbt_build.build(database=toy_shop.copy(tmp_path / "shop").database)


def change_settings(project: Path, changes: dict[str, str]) -> None:
    settings = project / "dbt_project.yml"
    text = settings.read_text()
    for before, after in changes.items():
        assert before in text, before
        text = text.replace(before, after, 1)
    settings.write_text(text)


def test_all_settings_that_would_be_ignored_or_misunderstood_are_named_at_once(project_copy, toy_shop, tmp_path):
    change_settings(
        project_copy,
        {
            "  eligible_days: 28": "  eligible_days: 0\n  eligible_dayz: 56",
            "  training_customers: 10000": "",
            "  buckets: 64": "  buckets: 256",
            "usual: 56": "usualy: 56",
            "  neighbours: 30": "  neighbours: 30.5",
            "  interval_level: 0.95": "  interval_level: 95",
            "  max_df: 0.1": "  max_df: 0",
            "  evaluated_ranks: [1, 5, 12]": "  evaluated_ranks: [0, 12]",
            "  item_cf_method: cosine": "  item_cf_method: cosin'e",
            "  ablations: []": "  ablations: [tfdif]",
            "{name: price, model: article_sales, keys: [article_key],": "{name: price, model: article_sales,",
            "{name: copurchase, weight: 0.05": "{name: copurchase, wieght: 0.05",
            "source: bestsellers": "source: bestseller",
            "{name: visits, model: customer_habits": "{name: 'my visits', model: customer_habits",
            "{name: repeat_rate, model": "{name: repeat_share, model",
            "keys: [customer_key, brand_key]": "keys: [customer_key, brand_kye]",
            "{name: season, keys: [department_key],": "{name: season, keys: [department_key], proposes: 3,",
            'label: promotion, reason: "On promotion this week"': 'label: [promotion], reason: "[On [promotion]]"',
            "Bestseller of last week": "Bestseller, bought on {last} with {articel}",
            "label: number of visits": 'reason: "Many visits"',
            "{name: hazard, model: repeat_hazard, top_k: 0": "{name: hazard, model: repeat_hazard, top_k: 7",
            "top_k: 12, monotone: 1, source: first_purchases": "top_k: all, source: first_purchases",
            "{name: colour_affinity, model": "{name: colour_affinity, top_k: 3, model",
            "neighbours: variant_neighbours, top_k: 12": "neighbours: variant_neighbours",
        },
    )
    database = toy_shop.copy(tmp_path / "shop").database
    with pytest.raises(RecsError) as error:
        dbt_build.build(
            database=database,
            variables={"hide_bougth_days": 7, "alive_days": 3, "hide_bought_days": -1, "target_week": "2020-W60"},
        )
    for sentence in (
        "settings are wrong: ",
        "there is no setting eligible_dayz, did you mean eligible_days? (in vars of dbt_project.yml)",
        "the setting training_customers is missing (in vars of dbt_project.yml): add it",
        "there is no setting hide_bougth_days, did you mean hide_bought_days? (in --vars)",
        "there is no setting alive_days: it is called eligible_days now (in --vars)",
        "the signal season has a key proposes, which no signal has: it is called top_k now",
        "the top_k of the signal hazard is 7, but it has a row for each customer and article",
        "the top_k of the signal new_buyers is all, but it has no row for each customer and article",
        "the top_k of the signal colour_affinity is 3, but it has no row for each article: choose 0",
        'the label of the signal promoted is ["promotion"]: choose a text',
        "the reason of the signal promoted has braces or brackets that do not match",
        "a placeholder {last}, but the signal is not of a customer and an article: take it out",
        "signal buyers_1_week has a placeholder {articel}, which no reason has, did you mean article?",
        "the reason of the signal my visits would be the same for all articles of a customer: leave it out",
        "the item-item signal variants does not say how many articles become candidates of a customer",
        "hide_bought_days is -1: choose a whole number from 0 (in --vars)",
        "target_week is 2020-W60: choose a day such as 2020-09-23 or an ISO week such as 2020-W39 (in --vars)",
        "eligible_days is 0: choose a whole number from 1 (in vars of dbt_project.yml)",
        "buckets is 256: choose a whole number from 1 to 255",
        "choose a number above 0 for each of recent, usual, lasting",
        "neighbours is 30.5: choose a whole number from 1",
        "interval_level is 95: choose a number above 0 below 1",
        "max_df is 0: choose a number above 0 to 1",
        "evaluated_ranks is [0, 12]: choose a list, each of it a whole number from 1",
        "item_cf_method is cosin'e: choose cosine or rp3beta",
        'ablations is ["tfdif"]: there is no signal tfdif, did you mean tfidf?',
        "buyers_12_weeks and price are of one model, article_sales, but have other keys or top_k",
        "the signal copurchase has a key wieght, which no signal has, did you mean weight?",
        "the source of the signal buyers_1_week is bestseller: choose own_history or bestsellers or first_purchases",
        "the name of the signal my visits is my visits: choose a name of letters, digits and _",
        "the signal repeat_share stands twice in the list",
        "there is no key brand_kye, did you mean brand_key?",
    ):
        assert sentence in str(error.value)
    with pytest.raises(RecsError, match=r"target_week is 2020-02-30: choose a day .* \(in --vars\)"):
        dbt_build.build(database=database, variables={"target_week": "2020-02-30"})
    # nothing was begun, so that what is built can still be published
    publish(database=database, published=tmp_path / "recommendations.duckdb")


def test_a_day_that_no_month_has_and_signals_that_do_not_exist_are_named(toy_shop, tmp_path):
    with pytest.raises(RecsError) as error:
        dbt_build.build(
            database=toy_shop.copy(tmp_path / "shop").database,
            variables={"target_week": "2020-13-01", "used_signals": ["popularty"]},
            select=["target_week"],
        )
    assert "target_week is 2020-13-01: choose a day" in str(error.value)
    assert "there is no signal popularty, did you mean popularity?" in str(error.value)


@pytest.mark.slow
def test_a_setting_with_a_quote_breaks_no_model(toy_shop, tmp_path):
    shop = toy_shop.copy(tmp_path / "shop")
    variables = {**shop.variables("2020-09-23"), "evaluation_fingerprint": "what's new"}
    assert dbt_build.build(database=shop.database, variables=variables, select=["evaluated_weeks"], command="run")


def test_a_setting_that_dbt_cannot_use_is_a_sentence(project_copy, toy_shop, tmp_path):
    with pytest.raises(RecsError, match=r"list_length is twelve: choose a whole number from 1 \(in --vars\)"):
        dbt_build.build(database=toy_shop.copy(tmp_path / "shop").database, variables={"list_length": "twelve"})
    with pytest.raises(UsageError, match="A setting is wrong: hide_bought_days is seven: choose a whole number"):
        dbt_build.build(database=tmp_path / "shop.duckdb", variables={"hide_bought_days": "seven"})
    change_settings(project_copy, {"  evaluated_systems:": "  evaluated:"})
    with pytest.raises(UsageError, match=r"dbt_project.yml has no setting evaluated_systems: add it to `vars`"):
        used_signals(database=tmp_path / "shop.duckdb")
    (project_copy / "dbt_project.yml").write_text("vars: [}")
    with pytest.raises(UsageError, match=r"dbt_project.yml cannot be read: .* line 1, column 8"):
        dbt_build.project_variables()


def test_every_setting_has_a_type():
    settings = yaml.safe_load((ROOT / "dbt_project.yml").read_text())["vars"]
    assert sorted(returned("settings", signals=[], own_signals=[], list_length=12)) == sorted(settings)


@pytest.mark.slow
def test_an_item_item_signal_that_does_not_say_how_much_it_proposes_is_named(project_copy, toy_shop, tmp_path):
    settings = project_copy / "dbt_project.yml"
    settings.write_text(re.sub(r"(neighbours: tfidf_neighbours), top_k: \d+", r"\1", settings.read_text()))
    with pytest.raises(RecsError, match=r"signal tfidf does not say how many articles.*add top_k"):
        dbt_build.build(database=toy_shop.copy(tmp_path / "shop").database)


@pytest.mark.slow
def test_a_signal_is_added_in_three_edits(project_copy, toy_shop, tmp_path):
    # the three edits of docs/how-to/add-a-signal.md: a model, a line in the list, an entry in the yml
    (project_copy / "dbt_project/models/signals/same_colour.sql").write_text(
        """
        select
            history.customer_key,
            eligible.article_key,
            cast(max(1.0 / history.days_since_last) as real) as same_colour
        from {{ ref('customer_articles') }} as history
        inner join {{ ref('articles') }} as articles on history.article_key = articles.article_key
        inner join {{ ref('eligible_articles') }} as eligible on articles.colour_key = eligible.colour_key
        group by history.customer_key, eligible.article_key
        """
    )
    add_signal(project_copy, "same_colour")
    with (project_copy / "dbt_project/models/signals/signals.yml").open("a") as file:
        file.write("  - name: same_colour\n    description: Colours bought lately. One row per customer and article.\n")
    shop = toy_shop.copy(tmp_path / "shop")
    dbt_build.build(database=shop.database, variables={"target_week": "2020-09-16"})
    signals = shop.rows("select distinct signal from recs.contributions where target_week = '2020-09-16'")
    assert ("same_colour",) in signals
    assert shop.rows("select max(same_colour_points) > 0 from blend.blended") == [(True,)]


def test_a_part_is_installed_from_the_clone_whatever_the_current_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(ROOT)
    assert install_command("postgres") == "pip install -e '.[postgres]'"
    monkeypatch.chdir(tmp_path)
    assert install_command("postgres") == f"pip install -e {shlex.quote(f'{ROOT}[postgres]')}"


def test_nothing_advises_to_install_what_others_published_under_the_command_s_name():
    assert tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["name"] == NAME != "recs"
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in tracked.splitlines():
        if Path(name).suffix in (".md", ".py", ".sql", ".toml", ".txt", ".yml") or name == "Makefile":
            assert not re.search(r"pip install[^\n`]*['\" ]recs\b|['\" ]recs\[[a-z]", (ROOT / name).read_text()), name


@pytest.mark.parametrize(
    ("setting", "value", "sentence"),
    [
        (
            "eligible_days",
            "28",
            "eligible_days is 28: choose a whole number from 1 (in vars of dbt_project.yml or --vars)",
        ),
        ("evaluated_ranks", 12, "evaluated_ranks is 12: choose a list, each of it a whole number from 1"),
        ("evaluated_systems", None, "evaluated_systems is null: choose a list of names"),
        ("ablations", [{"popularity": 1}], 'ablations is [{"popularity": 1}]: choose a list of names'),
        ("signals", "popularity", "signals is popularity: choose a list of signals"),
        ("own_signals", ["popularity"], 'own_signals is ["popularity"]: choose a list of signals, each with a name'),
        ("own_signals", [None], "own_signals is [null]: choose a list of signals, each with a name"),
        ("own_signals", [{"weight": 1}], 'own_signals is [{"weight": 1}]: choose a list of signals, each with a name'),
    ],
)
def test_a_value_that_python_cannot_use_is_refused_as_dbt_refuses_it(monkeypatch, setting, value, sentence):
    settings = dbt_build.read_project(ROOT)
    settings["vars"][setting] = value
    monkeypatch.setattr(dbt_build, "read_project", lambda folder: settings)
    with pytest.raises(UsageError) as error:
        dbt_build.project_variables()
    assert str(error.value).startswith(f"A setting is wrong: {sentence}")
