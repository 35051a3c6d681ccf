from recs_py.factor_model import customer_embeddings


def model(dbt, session):
    return customer_embeddings(
        customer_articles=dbt.ref("customer_articles"),
        article_embeddings=dbt.ref("article_embeddings"),
    )
