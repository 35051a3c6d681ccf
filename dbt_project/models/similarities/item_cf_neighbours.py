from recs_py.kernels.item_cf import item_cf_neighbours


def model(dbt, session):
    return item_cf_neighbours(
        customer_articles=dbt.ref("customer_articles"),
        customers=dbt.ref("customers"),
        articles=dbt.ref("articles"),
        method=dbt.config.meta_get("method"),
        neighbours=dbt.config.meta_get("neighbours"),
        max_history_size=dbt.config.meta_get("max_history_size"),
        max_basket_size=dbt.config.meta_get("max_basket_size"),
    )
