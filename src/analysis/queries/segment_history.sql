-- How many customers were active, loyal and newly silent at the end of past periods, and what the
-- highest-spending fifth of them brought.
--
-- in     customer_days; $kind 'day', 'week', 'month', 'quarter', 'year'; $end DATE,
--        the day after the last that counts; $earliest DATE, $year_before DATE and
--        $before_that DATE, starts of periods; $window, $dormant, $new INTEGER, days;
--        $known_from DATE; $loyal DOUBLE, orders
-- out    one row a date, that at $end last: next_day, the day after it; counts of customers who
--        had ever ordered by then, and of those who at the date before were not yet silent
-- units  amounts in minor units of the currency
--
-- Dates are the ends of the periods before those that begin from $earliest on, and before
-- $year_before and $before_that. Orders and spend are those of the $window days up to each date;
-- spend below zero counts as zero. The rules of stages are those of segmentation/lifecycle.py.
WITH days AS (
    SELECT *
    FROM customer_days
    WHERE order_date < $end
),

starts AS (
    SELECT DISTINCT CAST(DATE_TRUNC($kind, order_date) AS DATE) AS next_day
    FROM days
),

dates AS (
    SELECT next_day
    FROM starts
    WHERE next_day >= $earliest OR next_day = $year_before OR next_day = $before_that
    UNION
    SELECT CAST($end AS DATE) AS next_day
),

to_date AS (
    SELECT
        dates.next_day,
        days.customer_id,
        MIN(days.order_day) AS first_order,
        MAX(days.order_day) AS last_order,
        SUM(days.orders) AS orders_to_date,
        SUM(
            CASE
                WHEN DATE_DIFF('day', days.order_date, dates.next_day) <= $window
                    THEN days.orders
                ELSE 0
            END
        ) AS orders,
        SUM(
            CASE
                WHEN DATE_DIFF('day', days.order_date, dates.next_day) <= $window
                    THEN days.amount_minor
                ELSE 0
            END
        ) AS amount_minor
    FROM days
    INNER JOIN dates ON days.order_date < dates.next_day
    GROUP BY dates.next_day, days.customer_id
    HAVING MIN(days.order_day) IS NOT NULL
),

placed AS (
    SELECT
        next_day,
        first_order,
        orders_to_date,
        orders,
        CASE WHEN amount_minor > 0 THEN amount_minor ELSE 0 END AS spend_minor,
        DATE_DIFF('day', last_order, next_day) - 1 AS days_silent,
        LAG(DATE_DIFF('day', last_order, next_day) - 1) OVER (
            PARTITION BY customer_id ORDER BY next_day
        ) AS days_silent_before,
        ROW_NUMBER() OVER (
            PARTITION BY next_day ORDER BY amount_minor DESC, customer_id
        ) AS place,
        COUNT(*) OVER (PARTITION BY next_day) AS customers
    FROM to_date
)

SELECT
    next_day,
    COUNT(*) AS customers,
    CAST(SUM(CASE WHEN days_silent < $dormant THEN 1 ELSE 0 END) AS BIGINT) AS active,
    CAST(
        SUM(
            CASE
                WHEN days_silent >= $dormant OR orders_to_date <= 1 OR orders < $loyal THEN 0
                WHEN first_order > $known_from
                    AND DATE_DIFF('day', first_order, next_day) - 1 <= $new THEN 0
                ELSE 1
            END
        ) AS BIGINT
    ) AS loyal,
    CAST(
        SUM(
            CASE WHEN days_silent >= $dormant AND days_silent_before < $dormant THEN 1 ELSE 0 END
        ) AS BIGINT
    ) AS fell_silent,
    CAST(SUM(spend_minor) AS BIGINT) AS spend_minor,
    CAST(SUM(CASE WHEN 5 * place < customers + 5 THEN spend_minor ELSE 0 END) AS BIGINT)
        AS top_minor
FROM placed
GROUP BY next_day
ORDER BY next_day
