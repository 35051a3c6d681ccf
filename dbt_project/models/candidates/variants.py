from recs_py.neighbour_candidates import neighbour_candidates


def model(dbt, session):
    return neighbour_candidates(
        signal="variants",
        neighbours=dbt.ref("variant_neighbours"),
        customer_articles=dbt.ref("customer_articles"),
        customers=dbt.ref("scored_customers"),
        articles=dbt.ref("articles"),
        alive_articles=dbt.ref("alive_articles"),
        per_customer=dbt.config.meta_get("per_customer"),
    )
