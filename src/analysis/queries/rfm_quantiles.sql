-- Which days since the last order, orders and spend each score stands for, over all customers.
--
-- in     customer_days; $after DATE, $as_of DATE: orders and spend count after $after;
--        $bins INTEGER, the number of scores
-- out    one row a measure and score that occurs: the least and the most that has this score, and
--        how many customers
-- units  days; orders; minor units of the currency, returns deducted
--
-- A score follows from the share of customers with a strictly smaller value, so equal values have
-- equal scores; days count backwards (see segmentation/rfm.py).
WITH activity AS (
    SELECT
        customer_id,
        DATE_DIFF('day', MAX(order_day), CAST($as_of AS DATE)) AS days,
        SUM(CASE WHEN order_date > $after THEN orders ELSE 0 END) AS orders,
        SUM(CASE WHEN order_date > $after THEN amount_minor ELSE 0 END) AS spend_minor
    FROM customer_days
    WHERE order_date <= $as_of
    GROUP BY customer_id
    HAVING MIN(order_day) IS NOT NULL
),

counted AS (
    SELECT 'days_since_last_order' AS measure, CAST(days AS BIGINT) AS amount, COUNT(*) AS customers
    FROM activity
    GROUP BY days
    UNION ALL
    SELECT 'orders' AS measure, CAST(orders AS BIGINT) AS amount, COUNT(*) AS customers
    FROM activity
    GROUP BY orders
    UNION ALL
    SELECT 'spend' AS measure, CAST(spend_minor AS BIGINT) AS amount, COUNT(*) AS customers
    FROM activity
    GROUP BY spend_minor
),

placed AS (
    SELECT
        measure,
        amount,
        customers,
        SUM(customers) OVER (PARTITION BY measure ORDER BY amount) - customers AS with_less,
        SUM(customers) OVER (PARTITION BY measure) AS everybody
    FROM counted
),

scored AS (
    SELECT
        measure,
        amount,
        customers,
        1 + CAST(FLOOR(CAST($bins * with_less AS DOUBLE) / everybody) AS BIGINT) AS place
    FROM placed
)

SELECT
    measure,
    CASE WHEN measure = 'days_since_last_order' THEN $bins + 1 - place ELSE place END AS score,
    MIN(amount) AS lowest,
    MAX(amount) AS highest,
    CAST(SUM(customers) AS BIGINT) AS customers
FROM scored
GROUP BY measure, place
ORDER BY measure, place
