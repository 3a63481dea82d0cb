-- How many customers were new, kept and returning in each period, their orders and spend.
--
-- in     customer_days; $as_of DATE; $kind 'day', 'week', 'month', 'quarter', 'year'
-- out    one row a period with an order: its first day, its last day with an order, counts
-- units  amounts in minor units of the currency
--
-- kept: ordered in the period before as well; returned: ordered earlier, but not in the period
-- before; new: never ordered before. leaving_minor: spend of those who skip the next period.
-- Refunds in a period without an order count in no period.
WITH customer_periods AS (
    SELECT
        customer_id,
        CAST(DATE_TRUNC($kind, order_date) AS DATE) AS period_start,
        MAX(order_date) AS last_day,
        SUM(orders) AS orders,
        SUM(amount_minor) AS amount_minor
    FROM customer_days
    WHERE order_date <= $as_of
    GROUP BY customer_id, CAST(DATE_TRUNC($kind, order_date) AS DATE)
    HAVING SUM(orders) > 0
),

steps AS (
    SELECT
        *,
        DATE_DIFF(
            $kind,
            LAG(period_start) OVER (PARTITION BY customer_id ORDER BY period_start),
            period_start
        ) AS periods_since,
        DATE_DIFF(
            $kind,
            period_start,
            LEAD(period_start) OVER (PARTITION BY customer_id ORDER BY period_start)
        ) AS periods_until
    FROM customer_periods
)

SELECT
    period_start,
    MAX(last_day) AS last_day,
    COUNT(*) AS customers,
    CAST(SUM(CASE WHEN periods_since IS NULL THEN 1 ELSE 0 END) AS BIGINT) AS new,
    CAST(SUM(CASE WHEN periods_since = 1 THEN 1 ELSE 0 END) AS BIGINT) AS kept,
    CAST(SUM(CASE WHEN periods_since > 1 THEN 1 ELSE 0 END) AS BIGINT) AS returned,
    CAST(SUM(orders) AS BIGINT) AS orders,
    CAST(SUM(CASE WHEN periods_since = 1 THEN orders ELSE 0 END) AS BIGINT) AS kept_orders,
    CAST(SUM(CASE WHEN periods_since > 1 THEN orders ELSE 0 END) AS BIGINT) AS returned_orders,
    CAST(SUM(amount_minor) AS BIGINT) AS amount_minor,
    CAST(SUM(CASE WHEN periods_since = 1 THEN amount_minor ELSE 0 END) AS BIGINT) AS kept_minor,
    CAST(SUM(CASE WHEN periods_since > 1 THEN amount_minor ELSE 0 END) AS BIGINT)
        AS returned_minor,
    CAST(SUM(CASE WHEN periods_until = 1 THEN 0 ELSE amount_minor END) AS BIGINT) AS leaving_minor
FROM steps
GROUP BY period_start
ORDER BY period_start
