-- How many of each month's new customers ordered again in every later month, and their spend.
--
-- in     customer_days; $as_of DATE
-- out    one row a cohort (month of the first order) and age in months with any activity
-- units  amounts in minor units of the currency; age 0 is the month of the first order
WITH customer_months AS (
    SELECT
        customer_id,
        CAST(DATE_TRUNC('month', order_date) AS DATE) AS month,
        SUM(amount_minor) AS amount_minor,
        MAX(CASE WHEN orders > 0 THEN 1 ELSE 0 END) AS ordered
    FROM customer_days
    WHERE order_date <= $as_of
    GROUP BY customer_id, CAST(DATE_TRUNC('month', order_date) AS DATE)
),

cohorts AS (
    SELECT
        customer_id,
        MIN(CASE WHEN ordered = 1 THEN month END) AS cohort
    FROM customer_months
    GROUP BY customer_id
)

SELECT
    cohorts.cohort,
    DATE_DIFF('month', cohorts.cohort, customer_months.month) AS age_months,
    CAST(SUM(customer_months.ordered) AS BIGINT) AS active,
    CAST(SUM(customer_months.amount_minor) AS BIGINT) AS amount_minor
FROM customer_months
INNER JOIN cohorts ON customer_months.customer_id = cohorts.customer_id
WHERE customer_months.month >= cohorts.cohort
GROUP BY cohorts.cohort, DATE_DIFF('month', cohorts.cohort, customer_months.month)
ORDER BY cohort, age_months
