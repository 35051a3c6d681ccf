from recs_py.kernels.factor_model import factor_embeddings


def model(dbt, session):
    return factor_embeddings(
        customer_articles=dbt.ref("customer_articles"),
        customers=dbt.ref("customers"),
        articles=dbt.ref("articles"),
        factors=dbt.config.meta_get("factors"),
    )
