-- What each customer ordered in each of many periods of equal length.
--
-- in     customer_days; $as_of DATE; $origin DATE, a day before all periods;
--        $period_days INTEGER
-- out    one row a customer and period with a line, by customer and time: order days, the first
--        and the last of them, net spend
-- units  period p is the days after $origin + (p - 1) * $period_days, up to $origin + p *
--        $period_days; amounts in minor units of the currency
--
-- Nothing after $as_of is read. A day of returns alone is no order day; a period of such days has
-- no first and no last one.
WITH numbered AS (
    SELECT
        *,
        CAST(
            CEIL(CAST(DATE_DIFF('day', $origin, order_date) AS DOUBLE) / $period_days) AS BIGINT
        ) AS period
    FROM customer_days
    WHERE order_date <= $as_of
)

SELECT
    customer_id,
    period,
    COUNT(order_day) AS order_days,
    MIN(order_day) AS first_order,
    MAX(order_day) AS last_order,
    CAST(SUM(amount_minor) AS BIGINT) AS amount_minor
FROM numbered
GROUP BY customer_id, period
ORDER BY customer_id, period
