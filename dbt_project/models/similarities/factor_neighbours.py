from recs_py.kernels.factor_model import factor_neighbours


def model(dbt, session):
    return factor_neighbours(
        factor_embeddings=dbt.ref("factor_embeddings"),
        articles=dbt.ref("articles"),
        eligible_articles=dbt.ref("eligible_articles"),
        neighbours=dbt.config.meta_get("neighbours"),
    )
