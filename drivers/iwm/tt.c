/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tt.c - thermal throttling: the firmware measures, the driver decides (thermal.c) and acts.
 *
 * Too hot, the radio is off as if by its switch; every few seconds the card is started for a
 * moment to see whether it has cooled down.
 */
#include "iwm.h"
#include "fwapi_misc.h"
#include "fwapi_stats.h"

#define MEASURE_TIMEOUT	1000	/* ms */

/* ---- temperatures: BH ---- */

void
iwm_tt_temperature(struct iwm_softc *sc, int celsius)
{
	struct iwm_tt *tt = &sc->sc_tt;

	tt->celsius = celsius;
	iwm_event(sc, IWM_EV_TEMP);
	if (iwm_thermal_decide(&tt->want, celsius) && (sc->sc_flags & IWM_F_DETACHING) == 0)
		pdk_task_post(&tt->task);
}

void
iwm_tt_measured(struct iwm_softc *sc, const uint8_t *payload, size_t len)
{
	const struct iwm_dts_measurement_notif *n = (const void *)payload;

	if (len >= sizeof(*n))
		iwm_tt_temperature(sc, (int)MIN(le32toh(n->temp), 1000));
}

/* The chip itself says that it is too hot. */
void
iwm_tt_kill(struct iwm_softc *sc)
{
	sc->sc_tt.want.kill = 1;
	if ((sc->sc_flags & IWM_F_DETACHING) == 0)
		pdk_task_post(&sc->sc_tt.task);
}

/* Ask; the answer is a notification. */
int
iwm_tt_measure(struct iwm_softc *sc)
{
	struct iwm_dts_measurement_cmd cmd = { .flags = htole32(DTS_TRIGGER_CMD_FLAGS_TEMP) };

	return iwm_cmd_send(sc, IWM_DTS_MEASUREMENT_TRIGGER, &cmd, sizeof(cmd));
}

int
iwm_tt_backoff(struct iwm_softc *sc, uint32_t us)
{
	struct iwm_thermal_backoff_cmd cmd = { .backoff = htole32(us) };
	int error = iwm_cmd_send(sc, IWM_REPLY_THERMAL_MNG_BACKOFF, &cmd, sizeof(cmd));

	if (error == 0)
		sc->sc_tt.is.backoff = us;
	return error;
}

/* ---- what is done about it: WORKER ---- */

static void
throttle(struct iwm_softc *sc)
{
	struct iwm_tt *tt = &sc->sc_tt;

	if (tt->want.backoff == tt->is.backoff && tt->want.protect == tt->is.protect)
		return;
	if (tt->want.backoff != 0 || tt->want.protect)
		pdk_printf(&sc->sc_dev, "%d degrees Celsius: sends less (a pause of %u us%s)",
		    tt->celsius, tt->want.backoff, tt->want.protect ? ", RTS" : "");
	else
		pdk_printf(&sc->sc_dev, "%d degrees Celsius: sends as usual", tt->celsius);
	tt->is.protect = tt->want.protect;
	if (tt->want.backoff != tt->is.backoff && (sc->sc_flags & IWM_F_UP) != 0)
		(void)iwm_tt_backoff(sc, tt->want.backoff);
}

static void
enter_kill(struct iwm_softc *sc)
{
	pdk_printf(&sc->sc_dev, "too hot (%d degrees Celsius): the radio is off until it has "
	    "cooled down", sc->sc_tt.celsius);
	sc->sc_tt.is.kill = 1;
	sc->sc_flags |= IWM_F_CTKILL;
	iwm_down(sc);
	pdk_timer_arm(&sc->sc_tt.timer, IWM_CT_KILL_DURATION);
}

/* Start the card and take its temperature.  0: it is cool enough; EAGAIN: it is not. */
static int
still_hot(struct iwm_softc *sc)
{
	int error;

	sc->sc_flags &= ~IWM_F_CTKILL;
	sc->sc_events &= ~IWM_EV_TEMP;
	if ((error = iwm_up(sc)) != 0)		/* it measures */
		return error;
	error = iwm_wait_events(sc, IWM_EV_TEMP, MEASURE_TIMEOUT);
	iwm_down(sc);
	if (error == 0 && sc->sc_tt.want.kill)
		error = EAGAIN;
	return error;
}

/* EPERM: another reason to be off came up meanwhile; it will tell when it is over. */
static void
leave_kill(struct iwm_softc *sc)
{
	int error = still_hot(sc);

	if (error != 0 && error != EPERM) {
		sc->sc_flags |= IWM_F_CTKILL;
		pdk_timer_arm(&sc->sc_tt.timer, IWM_CT_KILL_DURATION);
		return;
	}
	sc->sc_tt.want.kill = sc->sc_tt.is.kill = 0;
	pdk_printf(&sc->sc_dev, "%d degrees Celsius: the radio may be on again",
	    sc->sc_tt.celsius);
}

/* Unlocked. */
static void
task(void *arg)
{
	struct iwm_softc *sc = arg;
	struct iwm_tt *tt = &sc->sc_tt;
	int was, tell, blocked;

	pdk_lock(&sc->sc_dev);
	was = tt->is.kill;
	if (tt->want.kill && !tt->is.kill)
		enter_kill(sc);
	else if (tt->is.kill && tt->look) {
		tt->look = 0;
		leave_kill(sc);
	}
	throttle(sc);
	blocked = tt->is.kill || (sc->sc_flags & IWM_F_RFKILL) != 0;
	tell = tt->is.kill != was && sc->sc_80211;
	iwm_upcall_finish(sc);
	pdk_unlock(&sc->sc_dev);
	if (tell)
		pdk80211_rfkill(&sc->sc_dev, blocked);
}

/* TIMER. */
static void
look(void *arg)
{
	struct iwm_softc *sc = arg;

	sc->sc_tt.look = 1;
	if ((sc->sc_flags & IWM_F_DETACHING) == 0)
		pdk_task_post(&sc->sc_tt.task);
}

void
iwm_tt_init(struct iwm_softc *sc)
{
	pdk_task_init(&sc->sc_dev, &sc->sc_tt.task, task, sc);
	pdk_timer_init(&sc->sc_dev, &sc->sc_tt.timer, look, sc);
}

/* WORKER: for good, or until iwm_tt_resume(). */
void
iwm_tt_stop(struct iwm_softc *sc)
{
	pdk_timer_stop(&sc->sc_tt.timer);
	pdk_task_cancel(&sc->sc_tt.task);
}

/* WORKER, after a sleep: what iwm_tt_stop() has interrupted goes on. */
void
iwm_tt_resume(struct iwm_softc *sc)
{
	if (sc->sc_tt.is.kill)
		pdk_timer_arm(&sc->sc_tt.timer, IWM_CT_KILL_DURATION);
	else if (sc->sc_tt.want.kill)
		pdk_task_post(&sc->sc_tt.task);
}

void
iwm_tt_fini(struct iwm_softc *sc)
{
	pdk_timer_drain(&sc->sc_tt.timer);
}
