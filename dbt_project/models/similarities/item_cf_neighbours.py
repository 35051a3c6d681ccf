from recs_py.kernels.item_cf import item_cf_neighbours


def model(dbt, session):
    return item_cf_neighbours(
        customer_articles=dbt.ref("customer_articles"),
        customers=dbt.ref("customers"),
        articles=dbt.ref("articles"),
        method=dbt.config.meta_get("method"),
        neighbours=dbt.config.meta_get("neighbours"),
        largest_history=dbt.config.meta_get("largest_history"),
        largest_basket=dbt.config.meta_get("largest_basket"),
    )
