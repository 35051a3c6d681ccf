from recs_py.kernels.tfidf import tfidf_neighbours


def model(dbt, session):
    return tfidf_neighbours(
        article_texts=dbt.ref("article_texts"),
        articles=dbt.ref("articles"),
        eligible_articles=dbt.ref("eligible_articles"),
        neighbours=dbt.config.meta_get("neighbours"),
        max_df=dbt.config.meta_get("max_df"),
    )
