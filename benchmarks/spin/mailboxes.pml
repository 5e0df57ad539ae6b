/* The sub-model of mailrace that Spin is measured and checked against (benchmarks/against_spin.py).

   -DC=2  clients (1-3), all with FOO selected      -DM=3  messages in FOO (1-3)      -DN=3  commands a client

   Each client gives N commands, any of: DELETE FOO, RENAME FOO BAR, EXPUNGE, STORE n +FLAGS (\Deleted) for each n,
   STORE 1:M +FLAGS (\Seen), FETCH 1:M BODY.PEEK[], SEARCH ALL, COPY 1:M FRED, NOOP; each is answered before anything
   else happens (lockstep clients). The profile is chosen first: 3 x 4 x 2 x 3 x 2 x 2 x 2 = 576, for RFC 2180's
   decisions; fixed are tell=lazy, order=ascending, disconnect=now, beyond=bad.

   ONE ABSTRACTION ON BOTH SIDES. In a state:
   - the mailbox: its name or that it is a ghost or gone; the messages alive; those expunged that some view still
     counts; \Deleted and \Seen of each of these;
   - FRED: the number of copies, and the flags that each copied message came with (COPY 1:M copies all M or nothing);
   - each session: its state, the name under which it has the mailbox selected, the messages it counts and the flags it
     was told of them; and the client's belief: which contents it has been shown, and which as NIL; its progress;
   - the profile.
   Not in a state: responses (a lockstep client has read them all), UIDNEXT, UIDVALIDITY, retired names (functions of
   the above). mailrace has in its states besides: ghost variables for its properties. They cost mailrace states, and
   are dropped before the two are compared.

   -DLEAN   what the client was told and shown, and the flags of the copies, are dropped: as few states as it can be
   Without `spin -o2`, Spin drops variables that nothing reads (p_search, shown, fred and the like); with it, none.
   -DPROFILE=n  that profile only
   -DSCRIPT0=s -DSCRIPT1=s ...  each client gives the commands (numbers as in MOVES) whose hexadecimal digits make up s,
            the last digit first; at most 7
   -DREPORT counts and hashes of all states and of the quiescent ones for each profile, -DLIST also prints the states */

#ifndef C
#define C 2
#endif
#ifndef M
#define M 3
#endif
#ifndef N
#define N 3
#endif

#define EVERY ((1 << M) - 1)

#define FOO 0      /* what the mailbox is called, */
#define BAR 1
#define GHOST 2    /* or deleted, but still open (always called FOO), */
#define GONE 3     /* or not there any more */

#define AUTHENTICATED 0
#define IN_FOO 1   /* selected, under this name */
#define IN_BAR 2
#define OUT 3      /* logged out: said BYE to */

typedef Client {
    unsigned step : 4;
    unsigned state : 2;
    unsigned counts : M;
#ifndef LEAN
    unsigned told_deleted : M;
    unsigned told_seen : M;
    unsigned shown : M;
    unsigned shown_nil : M
#endif
};

Client cl[C];
unsigned box : 2;
unsigned alive : M;
unsigned expunged : M;
unsigned deleted : M;
unsigned seen : M;
unsigned copies : 4;
unsigned p_delete : 2;
unsigned p_rename : 2;
unsigned p_expunge : 1;
unsigned p_fetch : 2;
unsigned p_store : 1;
unsigned p_search : 1;
unsigned p_copy : 1;
#ifdef LEAN
#define FULL_MODEL(statement) skip
#else
byte fred[C * N];
#define FULL_MODEL(statement) statement
#endif
hidden byte named;

#define SELECTED(c) (cl[c].state == IN_FOO || cl[c].state == IN_BAR)
#if C == 1
#define COUNTED cl[0].counts
#define OTHERS(c) 0
#elif C == 2
#define COUNTED (cl[0].counts | cl[1].counts)
#define OTHERS(c) SELECTED(1 - c)
#else
#define COUNTED (cl[0].counts | cl[1].counts | cl[2].counts)
#define OTHERS(c) (SELECTED((c + 1) % 3) || SELECTED((c + 2) % 3))
#endif

/* expunged messages that nobody counts are forgotten */
inline tidy() {
    expunged = expunged & COUNTED;
    deleted = deleted & (alive | expunged);
    seen = seen & (alive | expunged)
}

inline let_go(c) {
    cl[c].counts = 0;
    FULL_MODEL(cl[c].told_deleted = 0);
    FULL_MODEL(cl[c].told_seen = 0);
    FULL_MODEL(cl[c].shown = 0);
    FULL_MODEL(cl[c].shown_nil = 0)
}

inline leave(c) {
    if
    :: SELECTED(c) -> let_go(c); cl[c].state = AUTHENTICATED
    :: else
    fi
}

inline disconnect(c) {
    if
    :: SELECTED(c) -> let_go(c); cl[c].state = OUT
    :: else
    fi
}

inline disconnect_others(c) {
#if C == 2
    disconnect(1 - c)
#elif C == 3
    disconnect((c + 1) % 3);
    disconnect((c + 2) % 3)
#else
    skip
#endif
}

inline remove() {
    box = GONE; alive = 0; expunged = 0; deleted = 0; seen = 0
}

inline tell_expunges(c) {
    cl[c].counts = cl[c].counts & alive;
    FULL_MODEL(cl[c].told_deleted = cl[c].told_deleted & cl[c].counts);
    FULL_MODEL(cl[c].told_seen = cl[c].told_seen & cl[c].counts);
    FULL_MODEL(cl[c].shown = cl[c].shown & cl[c].counts);
    FULL_MODEL(cl[c].shown_nil = cl[c].shown_nil & cl[c].counts);
    tidy()
}

inline delete(c) {
    if
    :: box == FOO && !OTHERS(c) -> leave(c); remove()
    :: box == FOO && OTHERS(c) && p_delete == 1 -> leave(c); box = GHOST; tidy()            /* 3.2 */
    :: box == FOO && OTHERS(c) && p_delete == 2 -> leave(c); disconnect_others(c); remove() /* 3.3 */
    :: else                                                                                 /* 3.1, or no such name */
    fi
}

inline rename(c) {
    if
    :: box == FOO && (!OTHERS(c) || p_rename != 0) ->                                       /* 3.1 refuses */
        box = BAR;
        if
        :: SELECTED(c) -> cl[c].state = IN_BAR
        :: else
        fi;
        if
        :: p_rename == 1 -> disconnect_others(c); tidy()                                    /* 3.3 */
        :: else                                                                             /* 3.4, with NEWNAME or not */
        fi
    :: else
    fi
}

inline expunge(c) {
    if
    :: SELECTED(c) && !(OTHERS(c) && p_expunge == 1) ->                                     /* 4.1.4 refuses */
        expunged = expunged | (alive & deleted);
        alive = alive & ~deleted;
        tell_expunges(c)
    :: else
    fi
}

/* STORE n +FLAGS (\Deleted): `position` is an expression for the bit of the n-th message that client c counts, 0 if
   there is none (BAD); an expunged one can't be set (4.2.2) */
inline mark(c, position) {
    named = (position) & alive;
    deleted = deleted | named;
    FULL_MODEL(cl[c].told_deleted = (cl[c].told_deleted & ~named) | named);
    FULL_MODEL(cl[c].told_seen = (cl[c].told_seen & ~named) | (seen & named))
}

#define FIRST(v) ((v) & -(v))
#define AFTER(v) ((v) & ((v) - 1))

/* STORE 1:M +FLAGS (\Seen) */
inline see(c) {
    if
    :: cl[c].counts == EVERY && (alive == EVERY || (p_store == 0 && alive != 0)) ->         /* 4.2.3; 4.2.4 sets none */
        seen = seen | alive;
        FULL_MODEL(cl[c].told_seen = cl[c].told_seen | alive);
        FULL_MODEL(cl[c].told_deleted = (cl[c].told_deleted & ~alive) | (deleted & alive))
    :: else
    fi
}

/* FETCH 1:M BODY.PEEK[] */
inline fetch(c) {
#ifndef LEAN
    if
    :: cl[c].counts == EVERY ->
        if
        :: p_fetch == 0 -> cl[c].shown = EVERY; cl[c].shown_nil = 0                         /* 4.1.1 */
        :: p_fetch == 1 || alive == 0 ->                                                    /* 4.1.2, all gone */
            cl[c].shown = cl[c].shown | alive;
            cl[c].shown_nil = cl[c].shown_nil & ~alive
        :: else -> cl[c].shown = alive; cl[c].shown_nil = EVERY & ~alive                    /* 4.1.3 */
        fi
    :: else
    fi
#else
    skip
#endif
}

/* COPY 1:M FRED */
inline copy(c) {
    if
    :: cl[c].counts == EVERY ->
        if
        :: alive == EVERY || p_copy == 1 ->                                                 /* 4.4.1 refuses */
            FULL_MODEL(fred[copies] = deleted | (seen << M));
            copies++
        :: else
        fi;
        tell_expunges(c)
    :: else
    fi
}

inline noop(c) {
    if
    :: SELECTED(c) ->
        tell_expunges(c);
        FULL_MODEL(cl[c].told_deleted = deleted & cl[c].counts);
        FULL_MODEL(cl[c].told_seen = seen & cl[c].counts)
    :: else
    fi
}

#ifdef SCRIPT0
#define GIVES(c, command) ((SCRIPT##c >> (4 * cl[c].step)) & 15) == command
#else
#define GIVES(c, command) 1
#endif
#define MAY(c, command) cl[c].step < N && cl[c].state != OUT && GIVES(c, command) -> cl[c].step++
#define MOVES(c) \
    :: d_step { MAY(c, 0); delete(c) } \
    :: d_step { MAY(c, 1); rename(c) } \
    :: d_step { MAY(c, 2); expunge(c) } \
    :: d_step { MAY(c, 3); mark(c, FIRST(cl[c].counts)) } \
    MARK2(c) \
    MARK3(c) \
    :: d_step { MAY(c, M + 3); see(c) } \
    :: d_step { MAY(c, M + 4); fetch(c) } \
    :: d_step { MAY(c, M + 5) } /* SEARCH ALL: all of it is in the response */ \
    :: d_step { MAY(c, M + 6); copy(c) } \
    :: d_step { MAY(c, M + 7); noop(c) }
#if M > 1
#define MARK2(c) :: d_step { MAY(c, 4); mark(c, FIRST(AFTER(cl[c].counts))) }
#else
#define MARK2(c)
#endif
#if M > 2
#define MARK3(c) :: d_step { MAY(c, 5); mark(c, FIRST(AFTER(AFTER(cl[c].counts)))) }
#else
#define MARK3(c)
#endif

#ifdef REPORT
c_code {
    static unsigned long long how_many[2][576];
    static unsigned long long hashed[2][576];

    static void tell(void)
    {
        int p;
        for (p = 0; p < 576; p++)
            printf("profile %d %llu %016llx %llu %016llx\n", p, how_many[0][p], hashed[0][p], how_many[1][p], hashed[1][p]);
    }

    /* Called once for each state, as a condition that is never true. */
    static int note(void)
    {
        static int called;
        unsigned field[6 + C * N + 7 * C], length = 0, i;
        unsigned long long hash = 0xcbf29ce484222325ull;
        int quiet = 1, p;

        if (!called++)
            atexit(tell);
        p = now.p_delete;
        p = p * 4 + now.p_rename;
        p = p * 2 + now.p_expunge;
        p = p * 3 + now.p_fetch;
        p = p * 2 + now.p_store;
        p = p * 2 + now.p_search;
        p = p * 2 + now.p_copy;
        field[length++] = now.box;
        field[length++] = now.alive;
        field[length++] = now.expunged;
        field[length++] = now.deleted;
        field[length++] = now.seen;
        field[length++] = now.copies;
        for (i = 0; i < C * N; i++)
            field[length++] = now.fred[i];
        for (i = 0; i < C; i++) {
            field[length++] = now.cl[i].step;
            field[length++] = now.cl[i].state;
            field[length++] = now.cl[i].counts;
            field[length++] = now.cl[i].told_deleted;
            field[length++] = now.cl[i].told_seen;
            field[length++] = now.cl[i].shown;
            field[length++] = now.cl[i].shown_nil;
            if (now.cl[i].step < N && now.cl[i].state != OUT)
                quiet = 0;
        }
        for (i = 0; i < length; i++)
            hash = (hash ^ field[i]) * 0x100000001b3ull;
        hash ^= hash >> 29;
        hash *= 0x9e3779b97f4a7c15ull;
        hash ^= hash >> 32;
        for (i = 0; i <= (unsigned) quiet; i++) {
            how_many[i][p]++;
            hashed[i][p] += hash;
        }
    #ifdef LIST
        printf("state %d %d", p, quiet);
        for (i = 0; i < length; i++)
            printf(" %u", field[i]);
        printf("\n");
    #endif
        return 0;
    }
};
#define NOTE :: c_expr { (note)() } /* in brackets, or Spin takes it for a side effect, which it is: on purpose */
#else
#define NOTE
#endif

active proctype everything() {
    byte c;
    atomic {
        for (c : 0 .. C - 1) {
            cl[c].state = IN_FOO;
            cl[c].counts = EVERY
        };
        c = 0;
        alive = EVERY;
#ifdef PROFILE
        p_delete = PROFILE / 192;
        p_rename = PROFILE / 48 % 4;
        p_expunge = PROFILE / 24 % 2;
        p_fetch = PROFILE / 8 % 3;
        p_store = PROFILE / 4 % 2;
        p_search = PROFILE / 2 % 2;
        p_copy = PROFILE % 2
#else
        if :: p_delete = 0 :: p_delete = 1 :: p_delete = 2 fi;
        if :: p_rename = 0 :: p_rename = 1 :: p_rename = 2 :: p_rename = 3 fi;
        if :: p_expunge = 0 :: p_expunge = 1 fi;
        if :: p_fetch = 0 :: p_fetch = 1 :: p_fetch = 2 fi;
        if :: p_store = 0 :: p_store = 1 fi;
        if :: p_search = 0 :: p_search = 1 fi;
        if :: p_copy = 0 :: p_copy = 1 fi
#endif
    };
end: do
    MOVES(0)
#if C > 1
    MOVES(1)
#endif
#if C > 2
    MOVES(2)
#endif
    NOTE
    od
}
