"""Regular buyers: models at given parameters, and customers drawn from them."""

import numpy as np
from scipy import special, stats

from analysis import clv
from analysis.clv.histories import Rows
from analysis.clv.likelihood import Maximum

BTYDPLUS = (0.85, 1.45, 0.79, 2.42)  # of the examples of the R package, where k is 3


def model_at(kind, k, r, alpha, a, b):
    peak = Maximum(np.log([r, alpha, a, b]), 0.0, np.zeros((4, 4)))
    return kind(k=k, r=r, alpha=alpha, a=a, b=b, n_customers=1.0, peak=peak)


def simulated(kind=clv.BGCNBD, k=3, size=6000, seed=21, holdout=32.0):
    T = np.random.default_rng(seed).choice(np.arange(36.0, 97.0, 4), size)
    return model_at(kind, k, *BTYDPLUS).simulate_customers(T, seed=seed, holdout=holdout)


def one_by_one(parameters, k, at_start, T, holdout, size, rng):
    """A deliberately naive simulation: gap after gap, a coin after each purchase."""
    r, alpha, a, b = parameters
    found = []
    for _ in range(size):
        rate, leave = rng.gamma(r, 1 / alpha), rng.beta(a, b)
        there, now, times = not (at_start and rng.random() < leave), 0.0, []
        while there:
            now += rng.gamma(k, 1 / rate)
            if now > T + holdout:
                break
            times.append(now)
            there = rng.random() >= leave
        seen = [time for time in times if time <= T]
        gaps = np.diff([0.0, *seen])
        found.append(
            [len(seen), max(seen, default=0.0), np.log(gaps).sum(), len(times) - len(seen)]
        )
    return np.array(found)


def rows_of(x, t_x, T):
    return Rows(*(np.atleast_1d(np.asarray(value, float)) for value in (x, t_x, T, 1.0)))


def story_grid(parameters):
    """Rates and chances to leave with their prior weights, even in the logarithm and the logit."""
    r, alpha, a, b = parameters
    log_rate, logit = np.linspace(-30, 5, 701), np.linspace(-45, 45, 901)
    rate, leave = np.exp(log_rate), special.expit(logit)
    prior = stats.gamma.pdf(rate, r, scale=1 / alpha) * rate * (log_rate[1] - log_rate[0])
    log_density = a * special.log_expit(logit) + b * special.log_expit(-logit)
    chance = np.exp(log_density - special.betaln(a, b)) * (logit[1] - logit[0])
    return rate, leave, prior, chance


def story(parameters, k, at_start, gaps, T, ahead):
    """Likelihood, P(alive) and moments of one customer, straight from the story.

    Nothing of the model's algebra: for each rate and chance to leave, the densities of the gaps
    and the number of stages passed in the silence (Poisson); then the chance of each number of
    purchases in the time ahead.
    """
    rate, leave, prior, chance = story_grid(parameters)
    stay, opportunities = 1 - leave, len(gaps) + at_start
    of_gaps = np.prod([stats.gamma.pdf(gap, k, scale=1 / rate) for gap in gaps], axis=0) * prior
    passed = stats.poisson.pmf(np.arange(k)[:, None], rate * (T - sum(gaps)))
    there = np.outer(of_gaps * passed.sum(axis=0), chance * stay**opportunities).sum()
    gone = 0.0
    if opportunities:
        gone = of_gaps.sum() * (chance * leave * stay ** (opportunities - 1)).sum()
    n, j = np.arange(1, 120), np.arange(k)[:, None, None]
    more = stats.poisson.sf(k * n[:, None] - j - 1, rate * ahead)
    reached = np.einsum("r,jr,jnr->n", of_gaps, passed, more)
    stays = chance * stay**opportunities @ stay[:, None] ** (n - 1)
    at_least = reached * stays / (there + gone)
    mean = at_least.sum()
    variance = (2 * n - 1) @ at_least - mean**2
    return np.log(there + gone), there / (there + gone), 1 - at_least[0], mean, variance


def counted(model, x, t_x, T, horizon):
    """Mean and variance by adding up the chances of each number of purchases."""
    c, by_now, j = model.r + model.k * x, model.alpha + T, np.arange(model.k)
    log_stage = (
        special.gammaln(c + j) - special.gammaln(j + 1) + special.xlogy(j, (T - t_x) / by_now)
    )
    stage = special.softmax(log_stage)
    n = np.arange(1, 40_000)
    end = by_now / (by_now + horizon)
    reached = sum(
        stage[i] * stats.nbinom.sf(np.maximum(n * model.k - i, 0) - 1, c + i, end) for i in j
    )
    b = model.b + x + model.at_start
    stayed = np.exp(special.betaln(model.a, b + n - 1) - special.betaln(model.a, b))
    alive = model.alive(rows_of(x, t_x, T)).item()
    mean = alive * reached @ stayed
    return mean, alive * 2 * ((n - 1) * reached) @ stayed + mean - mean**2
