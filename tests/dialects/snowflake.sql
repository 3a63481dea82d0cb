-- activity, generated for snowflake; not run by any test
WITH customer_periods AS (
  SELECT
    customer_id,
    CAST(DATE_TRUNC('MONTH', order_date) AS DATE) AS period_start,
    MAX(order_date) AS last_day,
    SUM(orders) AS orders,
    SUM(amount_minor) AS amount_minor
  FROM customer_days
  WHERE
    order_date <= CAST('2021-01-31' AS DATE)
  GROUP BY
    customer_id,
    CAST(DATE_TRUNC('MONTH', order_date) AS DATE)
  HAVING
    SUM(orders) > 0
), steps AS (
  SELECT
    *,
    DATEDIFF(
      month,
      LAG(period_start) OVER (PARTITION BY customer_id ORDER BY period_start),
      period_start
    ) AS periods_since,
    DATEDIFF(
      month,
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
  CAST(SUM(CASE WHEN periods_since > 1 THEN amount_minor ELSE 0 END) AS BIGINT) AS returned_minor,
  CAST(SUM(CASE WHEN periods_until = 1 THEN 0 ELSE amount_minor END) AS BIGINT) AS leaving_minor
FROM steps
GROUP BY
  period_start
ORDER BY
  period_start;

-- billing_rhythm, generated for snowflake; not run by any test
WITH order_days AS (
  SELECT
    customer_id,
    order_date
  FROM customer_days
  WHERE
    order_day <= CAST('2021-01-31' AS DATE)
), gaps AS (
  SELECT
    customer_id,
    DATEDIFF(DAY, LAG(order_date) OVER (PARTITION BY customer_id ORDER BY order_date), order_date) AS days
  FROM order_days
), sums AS (
  SELECT
    customer_id,
    COUNT(days) AS n,
    CAST(SUM(days) AS BIGINT) AS total,
    CAST(SUM(days * days) AS BIGINT) AS squares
  FROM gaps
  GROUP BY
    customer_id
)
SELECT
  COUNT(*) AS customers,
  COUNT(CASE WHEN 25 * (
    n * squares - total * total
  ) < total * total THEN 1 END) AS even
FROM sums
WHERE
  n >= 3;

-- cohort_months, generated for snowflake; not run by any test
WITH customer_months AS (
  SELECT
    customer_id,
    CAST(DATE_TRUNC('MONTH', order_date) AS DATE) AS month,
    SUM(amount_minor) AS amount_minor,
    MAX(CASE WHEN orders > 0 THEN 1 ELSE 0 END) AS ordered
  FROM customer_days
  WHERE
    order_date <= CAST('2021-01-31' AS DATE)
  GROUP BY
    customer_id,
    CAST(DATE_TRUNC('MONTH', order_date) AS DATE)
), cohorts AS (
  SELECT
    customer_id,
    MIN(CASE WHEN ordered = 1 THEN month END) AS cohort
  FROM customer_months
  GROUP BY
    customer_id
)
SELECT
  cohorts.cohort,
  DATEDIFF(MONTH, cohorts.cohort, customer_months.month) AS age_months,
  CAST(SUM(customer_months.ordered) AS BIGINT) AS active,
  CAST(SUM(customer_months.amount_minor) AS BIGINT) AS amount_minor
FROM customer_months
INNER JOIN cohorts
  ON customer_months.customer_id = cohorts.customer_id
WHERE
  customer_months.month >= cohorts.cohort
GROUP BY
  cohorts.cohort,
  DATEDIFF(MONTH, cohorts.cohort, customer_months.month)
ORDER BY
  cohort,
  age_months;

-- complaints, generated for snowflake; not run by any test
SELECT
  customer_id,
  opened
FROM tickets
WHERE
  opened <= CAST('2021-01-31' AS DATE) AND COALESCE(is_complaint, TRUE)
ORDER BY
  customer_id,
  opened;

-- consent, generated for snowflake; not run by any test
WITH known AS (
  SELECT
    customer_id,
    COALESCE(channel, '') AS channel,
    decided,
    CASE WHEN is_granted THEN 1 ELSE 0 END AS granted
  FROM consent
  WHERE
    decided <= CAST('2021-01-31' AS DATE)
), latest AS (
  SELECT
    known.customer_id,
    known.channel,
    known.decided,
    MIN(known.granted) AS granted
  FROM known
  JOIN (
    SELECT
      customer_id,
      channel,
      MAX(decided) AS decided
    FROM known
    GROUP BY
      customer_id,
      channel
  ) AS last
    ON known.customer_id = last.customer_id
    AND known.channel = last.channel
    AND known.decided = last.decided
  GROUP BY
    known.customer_id,
    known.channel,
    known.decided
), of_all AS (
  SELECT
    customer_id,
    decided
  FROM latest
  WHERE
    channel = ''
)
SELECT
  latest.customer_id
FROM latest
LEFT JOIN of_all
  ON latest.customer_id = of_all.customer_id
GROUP BY
  latest.customer_id
HAVING
  MAX(
    CASE
      WHEN latest.channel = '' OR of_all.decided IS NULL OR latest.decided > of_all.decided
      THEN latest.granted
      ELSE 0
    END
  ) = 0
ORDER BY
  latest.customer_id;

-- contract_spells, generated for snowflake; not run by any test
WITH ordered AS (
  SELECT
    customer_id,
    start_date,
    CASE WHEN end_date <= CAST('2021-01-31' AS DATE) THEN end_date END AS end_date,
    reason,
    ROW_NUMBER() OVER (
      PARTITION BY customer_id
      ORDER BY start_date, COALESCE(end_date, CAST('9999-01-01' AS DATE)), COALESCE(reason, '')
    ) AS contract
  FROM contracts
  WHERE
    start_date <= CAST('2021-01-31' AS DATE)
), steps AS (
  SELECT
    *,
    CASE
      WHEN DATEDIFF(
        DAY,
        MAX(COALESCE(end_date, CAST('9999-01-01' AS DATE))) OVER (
          PARTITION BY customer_id
          ORDER BY contract
          ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ),
        start_date
      ) <= 1
      THEN 0
      ELSE 1
    END AS is_start
  FROM ordered
), numbered AS (
  SELECT
    *,
    SUM(is_start) OVER (
      PARTITION BY customer_id
      ORDER BY contract
      ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    ) AS spell
  FROM steps
), ends AS (
  SELECT
    *,
    MAX(end_date) OVER (PARTITION BY customer_id, spell) AS last_end
  FROM numbered
)
SELECT
  customer_id,
  CAST(spell AS BIGINT) AS spell,
  MIN(start_date) AS spell_start,
  CASE WHEN COUNT(end_date) = COUNT(*) THEN MAX(end_date) END AS spell_end,
  CASE
    WHEN COUNT(end_date) = COUNT(*)
    THEN MAX(CASE WHEN end_date = last_end THEN reason END)
  END AS reason
FROM ends
GROUP BY
  customer_id,
  spell
ORDER BY
  customer_id,
  spell;

-- contracts_until, generated for snowflake; not run by any test
SELECT
  MAX(start_date) AS last_start,
  MAX(CASE WHEN NOT reason IS NULL THEN end_date END) AS last_end
FROM contracts;

-- customer_attributes, generated for snowflake; not run by any test
SELECT
  *
FROM customers
ORDER BY
  customer_id;

-- customer_days, generated for snowflake; not run by any test
WITH each_order AS (
  SELECT
    customer_id,
    order_date,
    SUM(amount_minor) AS amount_minor,
    MAX(CASE WHEN amount_minor >= 0 THEN 1 ELSE 0 END) AS is_order
  FROM transactions
  GROUP BY
    customer_id,
    order_date,
    order_id
)
SELECT
  customer_id,
  order_date,
  CAST(SUM(amount_minor) AS BIGINT) AS amount_minor,
  CAST(SUM(is_order) AS BIGINT) AS orders,
  CASE WHEN SUM(is_order) > 0 THEN order_date END AS order_day
FROM each_order
GROUP BY
  customer_id,
  order_date
ORDER BY
  customer_id,
  order_date;

-- customer_summary, generated for snowflake; not run by any test
SELECT
  customer_id,
  COUNT(CASE WHEN order_day <= CAST('2021-01-31' AS DATE) THEN 1 END) - 1 AS frequency,
  MIN(order_day) AS first_order,
  MAX(CASE WHEN order_day <= CAST('2021-01-31' AS DATE) THEN order_day END) AS last_order,
  CAST(SUM(CASE WHEN order_date <= CAST('2021-01-31' AS DATE) THEN orders END) AS BIGINT) AS orders,
  CAST(SUM(CASE WHEN order_date <= CAST('2021-01-31' AS DATE) THEN amount_minor END) AS BIGINT) AS total_minor,
  MIN_BY(amount_minor, order_day) AS first_day_minor,
  COUNT(CASE WHEN order_day > CAST('2021-01-31' AS DATE) THEN 1 END) AS holdout_frequency,
  CAST(COALESCE(SUM(CASE WHEN order_date > CAST('2021-01-31' AS DATE) THEN amount_minor END), 0) AS BIGINT) AS holdout_minor
FROM customer_days
WHERE
  order_date <= CAST('2021-01-31' AS DATE)
GROUP BY
  customer_id
HAVING
  MIN(order_day) <= CAST('2021-01-31' AS DATE)
ORDER BY
  customer_id;

-- first_of_parts, generated for snowflake; not run by any test
WITH numbered AS (
  SELECT
    customer_id,
    ROW_NUMBER() OVER (ORDER BY customer_id) - 1 AS place
  FROM (
    SELECT DISTINCT
      customer_id
    FROM customer_days
  ) AS customers
)
SELECT
  customer_id
FROM numbered
WHERE
  place % CAST('2021-01-31' AS DATE) = 0
ORDER BY
  customer_id;

-- order_days, generated for snowflake; not run by any test
WITH firsts AS (
  SELECT
    customer_id,
    MIN(order_day) AS first_order
  FROM customer_days
  WHERE
    order_day <= CAST('2021-01-31' AS DATE)
  GROUP BY
    customer_id
  HAVING
    MIN(order_day) <= CAST('2021-01-31' AS DATE)
)
SELECT
  customer_days.order_date,
  COUNT(*) AS order_days,
  COUNT(CASE WHEN customer_days.order_date = firsts.first_order THEN 1 END) AS first_days
FROM customer_days
INNER JOIN firsts
  ON customer_days.customer_id = firsts.customer_id
WHERE
  customer_days.order_day <= CAST('2021-01-31' AS DATE)
GROUP BY
  customer_days.order_date
ORDER BY
  customer_days.order_date;

-- order_gaps, generated for snowflake; not run by any test
WITH order_days AS (
  SELECT
    customer_id,
    order_date
  FROM customer_days
  WHERE
    order_day <= CAST('2021-01-31' AS DATE)
), gaps AS (
  SELECT
    customer_id,
    DATEDIFF(DAY, LAG(order_date) OVER (PARTITION BY customer_id ORDER BY order_date), order_date) AS days
  FROM order_days
)
SELECT
  customer_id,
  COALESCE(SUM(LN(CAST(days AS DOUBLE))), 0.0) AS log_gaps
FROM gaps
GROUP BY
  customer_id
ORDER BY
  customer_id;

-- order_spells, generated for snowflake; not run by any test
WITH order_days AS (
  SELECT
    customer_id,
    order_date
  FROM customer_days
  WHERE
    order_day <= CAST('2021-01-31' AS DATE)
), steps AS (
  SELECT
    customer_id,
    order_date,
    CASE
      WHEN DATEDIFF(DAY, LAG(order_date) OVER (PARTITION BY customer_id ORDER BY order_date), order_date) <= 60
      THEN 0
      ELSE 1
    END AS is_start
  FROM order_days
), numbered AS (
  SELECT
    customer_id,
    order_date,
    SUM(is_start) OVER (
      PARTITION BY customer_id
      ORDER BY order_date
      ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    ) AS spell
  FROM steps
)
SELECT
  customer_id,
  CAST(spell AS BIGINT) AS spell,
  MIN(order_date) AS spell_start,
  MAX(order_date) AS last_order,
  COUNT(*) AS order_days
FROM numbered
GROUP BY
  customer_id,
  spell
ORDER BY
  customer_id,
  spell;

-- pace, generated for snowflake; not run by any test
WITH days AS (
  SELECT
    *
  FROM customer_days
  WHERE
    order_date <= CAST('2021-01-31' AS DATE)
), firsts AS (
  SELECT
    customer_id,
    MIN(order_day) AS first_order
  FROM days
  GROUP BY
    customer_id
)
SELECT
  firsts.customer_id,
  MIN(firsts.first_order) AS first_order,
  MAX(days.order_day) AS last_order,
  COUNT(days.order_day) AS order_days,
  CAST(SUM(days.amount_minor) AS BIGINT) AS total_minor,
  SUM(CAST(days.amount_minor AS DOUBLE) * CAST(days.amount_minor AS DOUBLE)) AS total_squares,
  COUNT(
    CASE
      WHEN days.order_day > firsts.first_order
      AND days.order_day >= CAST('2021-01-31' AS DATE)
      AND days.order_day < CAST('2021-01-31' AS DATE)
      THEN 1
    END
  ) AS habit_order_days,
  COUNT(
    CASE
      WHEN days.order_day > firsts.first_order
      AND days.order_day >= CAST('2021-01-31' AS DATE)
      THEN 1
    END
  ) AS recent_order_days
FROM firsts
INNER JOIN days
  ON firsts.customer_id = days.customer_id
WHERE
  NOT firsts.first_order IS NULL
GROUP BY
  firsts.customer_id
ORDER BY
  firsts.customer_id;

-- period_orders, generated for snowflake; not run by any test
WITH numbered AS (
  SELECT
    *,
    CAST(CEIL(CAST(DATEDIFF(DAY, CAST('2021-01-31' AS DATE), order_date) AS DOUBLE) / 28) AS BIGINT) AS period
  FROM customer_days
  WHERE
    order_date <= CAST('2021-01-31' AS DATE)
)
SELECT
  customer_id,
  period,
  COUNT(order_day) AS order_days,
  MIN(order_day) AS first_order,
  MAX(order_day) AS last_order,
  CAST(SUM(amount_minor) AS BIGINT) AS amount_minor
FROM numbered
GROUP BY
  customer_id,
  period
ORDER BY
  customer_id,
  period;

-- quality_days, generated for snowflake; not run by any test
SELECT
  order_date,
  COUNT(*) AS lines,
  COUNT(DISTINCT order_id) AS orders,
  COUNT(DISTINCT customer_id) AS customers,
  CAST(SUM(amount_minor) AS BIGINT) AS amount_minor
FROM transactions
WHERE
  order_date <= CAST('2021-01-31' AS DATE)
GROUP BY
  order_date
ORDER BY
  order_date;

-- quality_described, generated for snowflake; not run by any test
WITH spent AS (
  SELECT
    customer_id,
    SUM(amount_minor) AS amount_minor
  FROM customer_days
  WHERE
    order_date <= CAST('2021-01-31' AS DATE)
  GROUP BY
    customer_id
)
SELECT
  NOT customers.customer_id IS NULL AS described,
  COUNT(*) AS customers,
  CAST(SUM(spent.amount_minor) AS BIGINT) AS amount_minor
FROM spent
LEFT JOIN customers
  ON spent.customer_id = customers.customer_id
GROUP BY
  NOT customers.customer_id IS NULL
ORDER BY
  described;

-- quality_first_orders, generated for snowflake; not run by any test
WITH firsts AS (
  SELECT
    customer_id,
    MIN(order_day) AS first_date
  FROM customer_days
  WHERE
    order_day <= CAST('2021-01-31' AS DATE)
  GROUP BY
    customer_id
)
SELECT
  CAST(DATE_TRUNC('MONTH', first_date) AS DATE) AS month,
  COUNT(*) AS customers
FROM firsts
GROUP BY
  CAST(DATE_TRUNC('MONTH', first_date) AS DATE)
ORDER BY
  month;

-- quality_lines, generated for snowflake; not run by any test
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
  WHERE
    order_date <= CAST('2021-01-31' AS DATE)
  GROUP BY
    customer_id,
    order_id,
    order_date,
    amount_minor,
    product_id,
    category,
    quantity
), marked AS (
  SELECT
    *,
    order_date >= CAST('2021-01-31' AS DATE) AS in_period
  FROM distinct_lines
)
SELECT
  in_period,
  CAST(SUM(times) AS BIGINT) AS lines,
  CAST(SUM(times * amount_minor) AS BIGINT) AS amount_minor,
  CAST(SUM(CASE WHEN amount_minor = 0 THEN times ELSE 0 END) AS BIGINT) AS zero_lines,
  CAST(SUM(CASE WHEN amount_minor < 0 THEN times ELSE 0 END) AS BIGINT) AS return_lines,
  CAST(SUM(CASE WHEN amount_minor < 0 THEN times * amount_minor ELSE 0 END) AS BIGINT) AS return_minor,
  CAST(SUM(times - 1) AS BIGINT) AS identical,
  CAST(SUM((
    times - 1
  ) * amount_minor) AS BIGINT) AS identical_minor,
  CAST(SUM(CASE WHEN quantity = 0 THEN times ELSE 0 END) AS BIGINT) AS zero_quantity,
  CAST(SUM(CASE WHEN product_id IS NULL THEN times ELSE 0 END) AS BIGINT) AS without_product,
  CAST(SUM(CASE WHEN category IS NULL THEN times ELSE 0 END) AS BIGINT) AS without_category,
  CAST(SUM(CASE WHEN category IS NULL THEN times * amount_minor ELSE 0 END) AS BIGINT) AS without_category_minor,
  CAST(SUM(CASE WHEN quantity IS NULL THEN times ELSE 0 END) AS BIGINT) AS without_quantity
FROM marked
GROUP BY
  in_period
ORDER BY
  in_period;

-- quality_orders, generated for snowflake; not run by any test
WITH orders AS (
  SELECT
    order_id,
    MIN(order_date) AS order_date,
    SUM(amount_minor) AS amount_minor,
    MIN(amount_minor) AS least_minor,
    MIN(customer_id) AS first_customer,
    MAX(customer_id) AS last_customer,
    MAX(order_date) AS last_date
  FROM transactions
  WHERE
    order_date <= CAST('2021-01-31' AS DATE)
  GROUP BY
    order_id
)
SELECT
  order_date >= CAST('2021-01-31' AS DATE) AS in_period,
  COUNT(*) AS orders,
  CAST(SUM(CASE WHEN amount_minor = 0 AND least_minor = 0 THEN 1 ELSE 0 END) AS BIGINT) AS paid_nothing,
  CAST(SUM(CASE WHEN first_customer <> last_customer THEN 1 ELSE 0 END) AS BIGINT) AS of_two_customers,
  CAST(SUM(CASE WHEN order_date <> last_date THEN 1 ELSE 0 END) AS BIGINT) AS on_two_days
FROM orders
GROUP BY
  order_date >= CAST('2021-01-31' AS DATE)
ORDER BY
  in_period;

-- quality_quantities, generated for snowflake; not run by any test
SELECT
  category,
  COUNT(*) AS lines,
  CAST(SUM(amount_minor) AS BIGINT) AS amount_minor,
  PERCENTILE_DISC(0.5) WITHIN GROUP (ORDER BY
    quantity) AS median,
  PERCENTILE_DISC(0.99) WITHIN GROUP (ORDER BY
    quantity) AS p99,
  MAX(quantity) AS largest,
  CAST(SUM(CASE WHEN quantity > 100 THEN 1 ELSE 0 END) AS BIGINT) AS beyond_pieces
FROM transactions
WHERE
  order_date <= CAST('2021-01-31' AS DATE) AND NOT quantity IS NULL
GROUP BY
  category
ORDER BY
  largest DESC NULLS LAST,
  category;

-- second_order, generated for snowflake; not run by any test
WITH order_days AS (
  SELECT
    customer_id,
    order_date
  FROM customer_days
  WHERE
    order_day <= CAST('2021-01-31' AS DATE)
), firsts AS (
  SELECT
    customer_id,
    MIN(order_date) AS first_day
  FROM order_days
  GROUP BY
    customer_id
  HAVING
    MIN(order_date) >= CAST('2021-01-31' AS DATE)
)
SELECT
  firsts.customer_id,
  firsts.first_day,
  DATEDIFF(DAY, firsts.first_day, CAST(CAST('2021-01-31' AS DATE) AS DATE)) AS days_observed,
  DATEDIFF(
    DAY,
    firsts.first_day,
    MIN(
      CASE WHEN order_days.order_date > firsts.first_day THEN order_days.order_date END
    )
  ) AS days_to_second
FROM firsts
INNER JOIN order_days
  ON firsts.customer_id = order_days.customer_id
GROUP BY
  firsts.customer_id,
  firsts.first_day
ORDER BY
  firsts.customer_id;

-- segment_history, generated for snowflake; not run by any test
WITH days AS (
  SELECT
    *
  FROM customer_days
  WHERE
    order_date < CAST('2021-01-31' AS DATE)
), starts AS (
  SELECT DISTINCT
    CAST(DATE_TRUNC('MONTH', order_date) AS DATE) AS next_day
  FROM days
), dates AS (
  SELECT
    next_day
  FROM starts
  WHERE
    next_day >= CAST('2021-01-31' AS DATE)
    OR next_day = CAST('2021-01-31' AS DATE)
    OR next_day = CAST('2021-01-31' AS DATE)
  UNION
  SELECT
    CAST(CAST('2021-01-31' AS DATE) AS DATE) AS next_day
), to_date AS (
  SELECT
    dates.next_day,
    days.customer_id,
    MIN(days.order_day) AS first_order,
    MAX(days.order_day) AS last_order,
    SUM(days.orders) AS orders_to_date,
    SUM(
      CASE
        WHEN DATEDIFF(DAY, days.order_date, dates.next_day) <= 365
        THEN days.orders
        ELSE 0
      END
    ) AS orders,
    SUM(
      CASE
        WHEN DATEDIFF(DAY, days.order_date, dates.next_day) <= 365
        THEN days.amount_minor
        ELSE 0
      END
    ) AS amount_minor
  FROM days
  INNER JOIN dates
    ON days.order_date < dates.next_day
  GROUP BY
    dates.next_day,
    days.customer_id
  HAVING
    NOT MIN(days.order_day) IS NULL
), placed AS (
  SELECT
    next_day,
    first_order,
    orders_to_date,
    orders,
    CASE WHEN amount_minor > 0 THEN amount_minor ELSE 0 END AS spend_minor,
    DATEDIFF(DAY, last_order, next_day) - 1 AS days_silent,
    LAG(DATEDIFF(DAY, last_order, next_day) - 1) OVER (PARTITION BY customer_id ORDER BY next_day) AS days_silent_before,
    ROW_NUMBER() OVER (PARTITION BY next_day ORDER BY amount_minor DESC NULLS LAST, customer_id) AS place,
    COUNT(*) OVER (PARTITION BY next_day) AS customers
  FROM to_date
)
SELECT
  next_day,
  COUNT(*) AS customers,
  CAST(SUM(CASE WHEN days_silent < 60 THEN 1 ELSE 0 END) AS BIGINT) AS active,
  CAST(SUM(
    CASE
      WHEN days_silent >= 60 OR orders_to_date <= 1 OR orders < CAST(12.0 AS DOUBLE)
      THEN 0
      WHEN first_order > CAST('2021-01-31' AS DATE)
      AND DATEDIFF(DAY, first_order, next_day) - 1 <= 90
      THEN 0
      ELSE 1
    END
  ) AS BIGINT) AS loyal,
  CAST(SUM(CASE WHEN days_silent >= 60 AND days_silent_before < 60 THEN 1 ELSE 0 END) AS BIGINT) AS fell_silent,
  CAST(SUM(spend_minor) AS BIGINT) AS spend_minor,
  CAST(SUM(CASE WHEN 5 * place < customers + 5 THEN spend_minor ELSE 0 END) AS BIGINT) AS top_minor
FROM placed
GROUP BY
  next_day
ORDER BY
  next_day;

-- silences, generated for snowflake; not run by any test
WITH order_days AS (
  SELECT
    customer_id,
    order_date
  FROM customer_days
  WHERE
    order_day <= CAST('2021-01-31' AS DATE)
), steps AS (
  SELECT
    customer_id,
    order_date,
    LEAD(order_date) OVER (PARTITION BY customer_id ORDER BY order_date) AS next_order
  FROM order_days
), silences AS (
  SELECT
    customer_id,
    CASE WHEN next_order IS NULL THEN 0 ELSE 1 END AS ended,
    DATEDIFF(DAY, order_date, COALESCE(next_order, CAST('2021-01-31' AS DATE))) AS days,
    CASE
      WHEN next_order > CAST('2021-01-31' AS DATE)
      THEN DATEDIFF(DAY, order_date, next_order)
    END AS habit_days
  FROM steps
), customers AS (
  SELECT
    customer_id,
    (
      ROW_NUMBER() OVER (ORDER BY customer_id) - 1
    ) % 5 AS customer_group,
    MAX(habit_days) AS longest_days
  FROM silences
  GROUP BY
    customer_id
), counts AS (
  SELECT
    customers.customer_group,
    silences.days,
    silences.ended,
    COUNT(*) AS silences
  FROM silences
  INNER JOIN customers
    ON silences.customer_id = customers.customer_id
  WHERE
    silences.days > 0
  GROUP BY
    customers.customer_group,
    silences.days,
    silences.ended
), longest AS (
  SELECT
    customer_group,
    longest_days AS days,
    1 AS ended,
    COUNT(*) AS longest
  FROM customers
  WHERE
    NOT longest_days IS NULL
  GROUP BY
    customer_group,
    longest_days
)
SELECT
  counts.customer_group,
  counts.days,
  counts.ended,
  counts.silences,
  COALESCE(longest.longest, 0) AS longest
FROM counts
LEFT JOIN longest
  ON counts.customer_group = longest.customer_group
  AND counts.days = longest.days
  AND counts.ended = longest.ended
ORDER BY
  counts.customer_group,
  counts.days,
  counts.ended;

-- spend_between, generated for snowflake; not run by any test
SELECT
  customer_id,
  COUNT(order_day) AS order_days,
  CAST(SUM(amount_minor) AS BIGINT) AS amount_minor
FROM customer_days
WHERE
  order_date > CAST('2021-01-31' AS DATE)
  AND order_date <= CAST('2021-01-31' AS DATE)
GROUP BY
  customer_id
ORDER BY
  customer_id;

-- stayed_away, generated for snowflake; not run by any test
SELECT
  customer_id,
  CAST(SUM(orders) AS BIGINT) AS orders,
  CAST(SUM(CASE WHEN order_date <= CAST('2021-01-31' AS DATE) THEN amount_minor ELSE 0 END) AS BIGINT) AS spend_minor,
  MAX(order_day) AS last_order
FROM customer_days
WHERE
  order_date BETWEEN CAST('2021-01-31' AS DATE) AND CAST('2021-01-31' AS DATE)
GROUP BY
  customer_id
HAVING
  MAX(order_day) <= CAST('2021-01-31' AS DATE)
ORDER BY
  customer_id;
