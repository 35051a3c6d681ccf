from recs_py.kernels.tfidf import content_embeddings


def model(dbt, session):
    return content_embeddings(
        article_texts=dbt.ref("article_texts"),
        factors=dbt.config.meta_get("factors"),
        max_df=dbt.config.meta_get("max_df"),
    )
