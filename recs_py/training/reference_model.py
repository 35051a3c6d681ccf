"""The reference model of the learned blend: the same rows, learned by trees without any restriction."""

import lightgbm as lgb

from recs_py.training.additive_model import Settings, TrainingRows, boost
from recs_py.training.weeks import Week, best_number_of_trees

# the best ones for trees without restrictions
PARAMETERS = {"lambdarank_truncation_level": 20, "num_leaves": 31, "learning_rate": 0.08}


def reference_trees(
    *, past: TrainingRows, choosers: list[Week], seen: TrainingRows, settings: Settings, k: int
) -> lgb.Booster:
    """LightGBM's LambdaRank with 31 leaves and no limit on interactions.

    Parameters
    ----------
    past, choosers
        Rows to learn from, and the weeks on which MAP@k then chooses the number of trees.
    seen
        Rows that the trees which are returned have learned from.
    settings
        Those of the learned blend, of which `PARAMETERS` replaces some.
    k
        Length of the lists that are judged.
    """
    model = {"settings": settings, "parameters": PARAMETERS}
    tried = settings.trees_tried
    trees = best_number_of_trees(boost(past, **model, trees=max(tried)), choosers=choosers, tried=tried, k=k)
    return boost(seen, **model, trees=trees)
