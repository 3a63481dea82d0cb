-- How even the gaps between order days are, added up over the customers of each history.
--
-- in     customer_days; $as_of DATE; $known_after DATE, first orders up to then may not have been
--        the first; $begin DATE, from when on these are counted: the first day of the data
-- out    distinct histories as of compressed_rows, where $begin is its $count_from
-- units  days; log_gaps: sum of the natural logarithms of the gaps in days, in billionths
--
-- Of those there before, the time from the day before $begin to the first order day is a gap too.
-- Each logarithm is rounded to a whole number of billionths, so that sums are exact everywhere.
WITH order_days AS (
    SELECT customer_id, order_day
    FROM customer_days
    WHERE order_day <= $as_of
),

gaps AS (
    SELECT
        customer_id,
        order_day,
        LAG(order_day) OVER (PARTITION BY customer_id ORDER BY order_day) AS day_before,
        MIN(order_day) OVER (PARTITION BY customer_id) AS first_order
    FROM order_days
),

each AS (
    SELECT
        customer_id,
        MIN(first_order) AS first_order,
        MAX(order_day) AS last_order,
        COUNT(*) AS order_days,
        CASE WHEN MIN(first_order) <= $known_after THEN 1 ELSE 0 END AS there_before,
        SUM(
            CASE
                WHEN day_before IS NOT NULL
                    THEN CAST(
                        ROUND(LN(CAST(DATE_DIFF('day', day_before, order_day) AS DOUBLE)) * 1e9)
                        AS BIGINT
                    )
                WHEN first_order <= $known_after
                    THEN CAST(
                        ROUND(LN(CAST(DATE_DIFF('day', $begin, order_day) + 1 AS DOUBLE)) * 1e9)
                        AS BIGINT
                    )
                ELSE 0
            END
        ) AS log_gaps
    FROM gaps
    GROUP BY customer_id
),

histories AS (
    SELECT
        there_before,
        order_days - 1 + there_before AS frequency,
        CASE
            WHEN there_before = 0 THEN DATE_DIFF('day', first_order, last_order)
            ELSE DATE_DIFF('day', $begin, last_order) + 1
        END AS recency,
        CASE
            WHEN there_before = 0 THEN DATE_DIFF('day', first_order, $as_of)
            ELSE DATE_DIFF('day', $begin, $as_of) + 1
        END AS age,
        log_gaps
    FROM each
)

SELECT there_before, frequency, recency, age, CAST(SUM(log_gaps) AS BIGINT) AS log_gaps
FROM histories
GROUP BY there_before, frequency, recency, age
ORDER BY there_before, frequency, recency, age
