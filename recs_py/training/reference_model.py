"""The yardstick of the glass box: the same rows, learned by trees without any restriction."""

import lightgbm as lgb

from recs_py.settings import threads
from recs_py.training.additive_model import Settings, TrainingRows
from recs_py.training.weeks import Week, best_number_of_trees


def unrestricted_trees(
    *, past: TrainingRows, choosers: list[Week], seen: TrainingRows, settings: Settings, k: int
) -> lgb.Booster:
    """LightGBM's LambdaRank with 31 leaves and no limit on who meets whom.

    Parameters
    ----------
    past, choosers
        Rows to learn from, and the weeks on which MAP@k then chooses the number of trees.
    seen
        Rows that the trees which are returned have learned from.
    settings
        Those of the glass box, as far as they make sense here; how deep the lists are that count is its own best.
    k
        Length of the lists that are judged.
    """
    parameters = {
        "objective": "lambdarank", "lambdarank_truncation_level": 20, "num_leaves": 31,
        "learning_rate": 0.08, "min_data_in_leaf": settings.smallest_leaf, "lambda_l2": settings.shrinkage,
        "feature_fraction": settings.share_of_signals, "seed": settings.seed, "deterministic": True,
        "force_row_wise": True, "num_threads": threads(), "verbosity": -1,
    }  # fmt: skip

    def train(rows: TrainingRows, trees: int) -> lgb.Booster:
        rows = rows.with_hits()
        data = lgb.Dataset(rows.buckets, label=rows.is_bought, group=rows.lists, params=parameters)
        return lgb.train(parameters, data, num_boost_round=trees)

    tried = settings.trees_tried
    trees = best_number_of_trees(train(past, max(tried)), choosers=choosers, tried=tried, k=k)
    return train(seen, trees)
