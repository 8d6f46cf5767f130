/* ---------------------------------------------------------------- what the contract remembers of a run */

#define NONE 15                  /* no region, no policy, no place in time */
#define BIT(region_number) (1 << (region_number))

byte state = s_start;
byte region = NONE;              /* where the last attempt went */
byte visited;                    /* a bit for each region that the request has been to */
bool failed_over;
bool replica_known;              /* the last attempt shows to which replica it went */
bool paired;
bool addresses_stale;
bool account_stale;
short received;                  /* the status of the last answer; 0 for a failure, or once it is spent */
bool asked;                      /* that answer said how long to wait */
byte told = NONE;                /* the write region that the last account refresh named */

/* The window of each policy: none, the true one, another one, one without an end, or begun with the true one
 * and shorter or longer than it.  The fresh ones have been opened just now; what was seen tells what they are. */
#define W_NONE 0
#define W_TRUE 1
#define W_OTHER 2
#define W_ENDLESS 3
#define W_SHORTER 4
#define W_LONGER 5
#define W_FRESH_TRUE 6
#define W_FRESH_SHORTER 7
#define W_FRESH_LONGER 8

byte window[POLICIES];
byte retries[POLICIES];          /* retries as the rows count them */

/* ------------------------------------------------------------------------------ what happens just now */

byte to = NONE;                  /* the region of the attempt; REGIONS stands for one of no account */
bool other;                      /* the attempt goes to another replica */
byte answer;                     /* the answer's name, its status, its substatus and whether it has a hint */
short status;                    /* ... or the status that the application hears, 0 for none */
short substatus;
bool hint;
bool no_answer;                  /* a failure: no answer in time, or else no connection */
bool sent;                       /* a failure: the request had been sent */
byte names = NONE;               /* the write region that the account refresh names */

/* Where it lies in time.  A bound lies at an odd place. */
#define LAST_CALL 1              /* clock: the last call for a retry, the end of the window, later */
#define END 3
#define OVER 4
#define IN_TIME 1                /* pace and wait: 0 is too early, 2 is later */
#define FIRST 1                  /* first: 10 ms after a 449, and the latest moment of the first retry */
#define FIRST_LATE 3
byte clock = NONE;
byte pace = NONE;
byte wait = NONE;
byte first = NONE;

/* Scratch. */
byte fault;
byte policy;

inline nothing_happens() {
  to = NONE; other = false; answer = 0; status = 0; substatus = 0; hint = false; no_answer = false;
  sent = false; names = NONE; clock = NONE; pace = NONE; wait = NONE; first = NONE; fault = 0; policy = 0
}

/* ------------------------------------------------------------------------------------------- regions */

#define UNTRIED(r, seen) ((r) != NONE && ((seen) & BIT(r)) == 0)
#define NEXT_REGION(seen) (UNTRIED(ORDER_1, seen) -> ORDER_1 : (UNTRIED(ORDER_2, seen) -> ORDER_2 : \
  (UNTRIED(ORDER_3, seen) -> ORDER_3 : (UNTRIED(ORDER_4, seen) -> ORDER_4 : NONE))))
#define IN_ORDER(r) ((r) == ORDER_1 || (r) == ORDER_2 || (r) == ORDER_3 || (r) == ORDER_4)
#define ORDER_BITS ((BIT(ORDER_1) | BIT(ORDER_2) | BIT(ORDER_3) | BIT(ORDER_4)) & ~BIT(NONE))
#define ALL_BITS (BIT(REGIONS) - 1)
#define SEVERAL_WRITE_REGIONS ((WRITE_BITS & (WRITE_BITS - 1)) != 0)
#define MULTI_WRITE (SEVERAL_WRITE_REGIONS && USE_MULTIPLE_WRITE_LOCATIONS)
#define USABLE_BITS (KIND == k_write -> WRITE_BITS : ALL_BITS)

#define r_current 0
#define r_next 1
#define r_visited 2
#define r_elsewhere 3
#define r_unlisted 4
#define r_foreign 5
#define WHERE_TO (to == region -> r_current : (to == NEXT_REGION(visited) -> r_next : \
  ((visited & BIT(to)) != 0 -> r_visited : (IN_ORDER(to) -> r_elsewhere : \
  (to < REGIONS -> r_unlisted : r_foreign)))))

/* -------------------------------------------------------------------------- time bounds of the rows */

#define UNKNOWN 0
#define EARLIER 1
#define AT 2
#define LATER 3
#define SIDE(place, bound) ((place) < (bound) -> EARLIER : ((place) == (bound) -> AT : LATER))
/* What nobody can tell stops no run. */
#define NOT_BEFORE(side) ((side) != EARLIER)
#define AFTER(side) ((side) == LATER || (side) == UNKNOWN)
#define NOT_AFTER(side) ((side) != LATER)

#define WINDOW_SIDE(p, bound) (window[p] == W_NONE || window[p] == W_ENDLESS -> EARLIER : \
  (POLICY_AT_HAND != p || clock == NONE || window[p] == W_OTHER -> UNKNOWN : \
  (window[p] == W_SHORTER -> (clock >= (bound) -> LATER : UNKNOWN) : \
  (window[p] == W_LONGER -> (clock <= (bound) -> EARLIER : UNKNOWN) : SIDE(clock, bound)))))
#define WINDOW_END(p) WINDOW_SIDE(p, END)
#define LAST_ASKED_CALL(p) WINDOW_SIDE(p, (asked -> LAST_CALL : END))
/* Where the rows count a retry that never was, its delay is unknown. */
#define LAST_CALL_FOR(p) ((window[p] == W_TRUE || window[p] == W_SHORTER || window[p] == W_LONGER) && \
  POLICY_AT_HAND == p && clock != NONE && retries[p] > 0 && made[p] == 0 -> \
  (window[p] != W_LONGER && clock >= END -> LATER : UNKNOWN) : \
  WINDOW_SIDE(p, (retries[p] > 0 -> LAST_CALL : END)))
#define BACKOFF_END(p) (pace == NONE -> UNKNOWN : \
  (retries[p] == 0 -> (pace > IN_TIME -> LATER : UNKNOWN) : \
  (made[p] == 0 -> UNKNOWN : SIDE(pace, IN_TIME))))
#define ASKED_WAIT_END (!asked || wait == NONE -> UNKNOWN : SIDE(wait, IN_TIME))

#define PLACE_OF(us) ((us) < PROMISED_FIRST -> -1 : ((us) > PROMISED_FIRST_LATE -> 5 : \
  ((us) == PROMISED_FIRST_LATE -> FIRST_LATE : ((us) == PROMISED_FIRST -> FIRST : 2))))
#define AFTER_ANSWER(us) (first == NONE -> UNKNOWN : \
  (first == PLACE_OF(us) -> (first == FIRST || first == FIRST_LATE -> AT : UNKNOWN) : \
  ((first == 0 && PLACE_OF(us) < 0) || (first == 4 && PLACE_OF(us) > 4) -> UNKNOWN : \
  SIDE(first, PLACE_OF(us)))))

/* ------------------------------------------------------------------------------- effects of the rows */

inline clear(p) { window[p] = W_NONE; retries[p] = 0 }

inline arrive() {
  region = to; visited = visited | BIT(to); replica_known = (MODE == m_direct); paired = false
}

inline change_region() { addresses_stale = false; new_region() }

inline send_first() { arrive() }
inline send_failover() { failed_over = true; change_region(); arrive() }
inline send_here() { if :: to != region -> send_failover() :: else -> arrive() fi }
inline send_forward() { if :: to != region -> change_region() :: else fi; arrive() }
inline send_beside() { arrive(); paired = true }
inline send_new_request() { visited = 0; failed_over = false; new_request(); arrive() }

inline open(p, length, promised) {
  if
  :: window[p] == W_NONE ->
     window[p] = ((length) == (promised) -> W_FRESH_TRUE :
       ((length) < (promised) -> W_FRESH_SHORTER : W_FRESH_LONGER))
  :: else
  fi
}

inline count(p) {
  retries[p] = (retries[p] < MOST_RETRIES(p) -> retries[p] + 1 : retries[p]);
  if :: window[p] == W_NONE -> window[p] = W_ENDLESS :: else fi
}

inline forget_run() {
  region = NONE; visited = 0; failed_over = false; replica_known = false; paired = false;
  addresses_stale = false; account_stale = false; received = 0; asked = false; told = NONE;
  new_request()
}

/* What an event leaves behind whatever its row; once the application has heard, nothing is remembered. */
inline remember_answer() { received = status; asked = hint; end_of_row() }
/* An attempt leaves nothing of what was learnt before it.  Guards look at `told` only after a refresh that has
 * set it anew: with -DKEEP_ALL it is kept, as the rows have it, which makes more states and breaks no more. */
#ifdef KEEP_ALL
inline remember_attempt() { received = 0; asked = false; end_of_row() }
#else
inline remember_attempt() { received = 0; asked = false; told = NONE; end_of_row() }
#endif
inline remember_account() { told = names; end_of_row() }
inline end_of_row() { if :: TERMINAL(state) -> forget_run() :: else fi }
