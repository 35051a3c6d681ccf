from recs_py.kernels.factor_model import article_embeddings


def model(dbt, session):
    return article_embeddings(
        customer_articles=dbt.ref("customer_articles"),
        customers=dbt.ref("customers"),
        articles=dbt.ref("articles"),
        factors=dbt.config.meta_get("factors"),
    )
