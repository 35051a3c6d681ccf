from recs_py.kernels.tfidf import content_embeddings


def model(dbt, session):
    return content_embeddings(
        article_texts=dbt.ref("article_texts"),
        factors=dbt.config.meta_get("factors"),
        most_common_share=dbt.config.meta_get("most_common_share"),
    )
