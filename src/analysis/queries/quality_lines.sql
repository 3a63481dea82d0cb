-- How many lines are not what a line usually is, or lack something; in the period and before it.
--
-- in     transactions (one row a line); $start DATE, $as_of DATE (both ends of the period)
-- out    one row for the lines of the period (in_period) and one for those before it
-- units  amounts in minor units of the currency
--
-- identical: lines that equal another one in every column, beyond the first of each.
WITH distinct_lines AS (
    SELECT
        customer_id,
        order_id,
        order_date,
        amount_minor,
        product_id,
        category,
        quantity,
        COUNT(*) AS times
    FROM transactions
    WHERE order_date <= $as_of
    GROUP BY customer_id, order_id, order_date, amount_minor, product_id, category, quantity
),

marked AS (
    SELECT
        *,
        order_date >= $start AS in_period
    FROM distinct_lines
)

SELECT
    in_period,
    CAST(SUM(times) AS BIGINT) AS lines,
    CAST(SUM(times * amount_minor) AS BIGINT) AS amount_minor,
    CAST(SUM(CASE WHEN amount_minor = 0 THEN times ELSE 0 END) AS BIGINT) AS zero_lines,
    CAST(SUM(CASE WHEN amount_minor < 0 THEN times ELSE 0 END) AS BIGINT) AS return_lines,
    CAST(SUM(CASE WHEN amount_minor < 0 THEN times * amount_minor ELSE 0 END) AS BIGINT)
        AS return_minor,
    CAST(SUM(times - 1) AS BIGINT) AS identical,
    CAST(SUM((times - 1) * amount_minor) AS BIGINT) AS identical_minor,
    CAST(SUM(CASE WHEN quantity = 0 THEN times ELSE 0 END) AS BIGINT) AS zero_quantity,
    CAST(SUM(CASE WHEN product_id IS NULL THEN times ELSE 0 END) AS BIGINT) AS without_product,
    CAST(SUM(CASE WHEN category IS NULL THEN times ELSE 0 END) AS BIGINT) AS without_category,
    CAST(SUM(CASE WHEN category IS NULL THEN times * amount_minor ELSE 0 END) AS BIGINT)
        AS without_category_minor,
    CAST(SUM(CASE WHEN quantity IS NULL THEN times ELSE 0 END) AS BIGINT) AS without_quantity
FROM marked
GROUP BY in_period
ORDER BY in_period
