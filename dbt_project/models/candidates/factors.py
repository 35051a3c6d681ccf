from recs_py.factor_model import factor_candidates


def model(dbt, session):
    return factor_candidates(
        signal="factors",
        customer_embeddings=dbt.ref("customer_embeddings"),
        article_embeddings=dbt.ref("article_embeddings"),
        customer_articles=dbt.ref("customer_articles"),
        customers=dbt.ref("scored_customers"),
        articles=dbt.ref("articles"),
        alive_articles=dbt.ref("alive_articles"),
        per_customer=dbt.config.meta_get("per_customer"),
    )
