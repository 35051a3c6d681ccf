from recs_py.kernels.neighbour_candidates import neighbour_candidates


def model(dbt, session):
    # in a line of its own, since dbt looks for settings in plain statements only
    item_item_signals = dbt.config.meta_get("item_item_signals")
    return neighbour_candidates(
        signals=item_item_signals,
        neighbours=dbt.ref("neighbours"),
        customer_articles=dbt.ref("customer_articles"),
        customers=dbt.ref("scored_customers"),
        articles=dbt.ref("articles"),
        eligible_articles=dbt.ref("eligible_articles"),
    )
