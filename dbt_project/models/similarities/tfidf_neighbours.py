from recs_py.kernels.tfidf import tfidf_neighbours


def model(dbt, session):
    return tfidf_neighbours(
        article_texts=dbt.ref("article_texts"),
        articles=dbt.ref("articles"),
        alive_articles=dbt.ref("alive_articles"),
        neighbours=dbt.config.meta_get("neighbours"),
        most_common_share=dbt.config.meta_get("most_common_share"),
    )
