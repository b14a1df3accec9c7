#include "td_commands.h"

#include <string.h>

#include "td_build.h"
#include "td_crc.h"
#include "td_inputs.h"
#include "td_port.h"
#include "td_text.h"

enum { PROTOCOL = 1, SLOTS = 64, FRAME_TIMEOUT_MS = 1000, STEP_TRIES = 8, STEP_READS = 100000 };

/* Ticks are gathered before they are printed, so that a port that sends in the background does not
 * disturb the next lap. */
static uint32_t slots[SLOTS];

static void line(const char *before, uint32_t value, const char *after) {
  td_text(before);
  td_text_unsigned(value);
  td_text(after);
}

static void need_have(const char *what, uint32_t need, uint32_t have) {
  td_text("e-[");
  td_text(what);
  line(" need=", need, " have=");
  line("", have, "]\r\n");
}

int td_can_run(td_status status, uint64_t inferences) {
  switch (status) {
  case TD_ERROR_ARENA:
    need_have("ARENA", td_model_arena_used(), td_model_arena_bytes());
    return 0;
  case TD_ERROR_OP:
    td_text("e-[OP]\r\n");
    return 0;
  case TD_ERROR_INVOKE:
    td_text("e-[INVOKE]\r\n");
    return 0;
  case TD_ERROR_SCHEMA:
    td_text("e-[SCHEMA]\r\n");
    return 0;
  case TD_OK:
    break;
  }
  if (inferences > 1u && !td_inputs_kept()) {
    need_have("RAM", td_inputs_bytes(), 0);
    return 0;
  }
  return 1;
}

/* A data frame: its length and CRC-32 in a line, then the bytes, then the end of the line. */
static void send_data(const void *data, size_t bytes) {
  line("m-data-", (uint32_t)bytes, "-");
  td_text_hex(td_crc32(0, data, bytes), 8);
  td_text("\r\n");
  td_port_write(data, bytes);
  td_text("\r\n");
}

static void field(const char *name, uint32_t value) {
  td_text(",\"");
  td_text(name);
  line("\":", value, "");
}

static void field_text(const char *name, const char *value) {
  td_text(",\"");
  td_text(name);
  td_text("\":\"");
  td_text(value);
  td_text("\"");
}

/* The least step seen between two readings of the clock that differ: what the clock can tell apart.
 */
static uint32_t tick_step(void) {
  uint32_t least = UINT32_MAX;
  for (uint32_t i = 0; i < STEP_TRIES; i++) {
    const uint32_t start = td_port_ticks();
    uint32_t ticks = 0;
    for (uint32_t reads = 0; ticks == 0u && reads < STEP_READS; reads++) {
      ticks = td_port_ticks() - start;
    }
    least = ticks < least ? ticks : least;
  }
  return least;
}

static void info(td_status status) {
  const uint32_t inputs = status == TD_OK ? td_model_input_count() : 0u;
  const uint32_t outputs = status == TD_OK ? td_model_output_count() : 0u;
  size_t bytes = 0;
  line("m-info-{\"protocol\":", PROTOCOL, "");
  field_text("build_id", TD_BUILD_ID);
  field_text("engine", td_model_engine);
  field_text("model_name", td_model_name);
  field_text("model_sha256", td_model_sha256);
  field("status", (uint32_t)status);
  field("arena_bytes", td_model_arena_bytes());
  field("arena_used", td_model_arena_used());
  field("tick_hz", td_port_tick_hz());
  field("tick_step", tick_step());
  field("cpu_hz", td_port_cpu_hz());
  field("sums", 1);
  field("layers", td_model_layer_count());
  field("kept", (uint32_t)td_inputs_kept());
  td_text(",\"input_bytes\":[");
  for (uint32_t i = 0; i < inputs; i++) {
    td_model_input(i, &bytes);
    line(i == 0u ? "" : ",", (uint32_t)bytes, "");
  }
  td_text("],\"output_bytes\":[");
  for (uint32_t i = 0; i < outputs; i++) {
    td_model_output(i, &bytes);
    line(i == 0u ? "" : ",", (uint32_t)bytes, "");
  }
  td_text("]}\r\n");
}

/* Takes `length` bytes off the line that belong to a frame nobody wants, until it falls silent. */
static void discard(uint32_t length) {
  uint8_t byte;
  while (length > 0u && td_port_read(&byte, 1, FRAME_TIMEOUT_MS) == 1u) {
    length--;
  }
}

/* td in OFFSET LENGTH CRC%, then LENGTH bytes. */
static void input(uint32_t offset, uint32_t length, uint32_t want) {
  const uint32_t total = td_inputs_bytes();
  if (length == 0u || length > total || offset > total - length) {
    discard(length);
    td_text("e-[INPUT");
    line(" offset=", offset, "");
    line(" need=", length, "");
    line(" have=", offset < total ? total - offset : 0u, "]\r\n");
    return;
  }
  uint32_t crc = 0;
  uint32_t got = 0;
  while (got < length) {
    size_t room = 0;
    uint8_t *to = td_inputs_at(offset + got, &room);
    if (room > length - got) {
      room = length - got;
    }
    const size_t came = td_port_read(to, room, FRAME_TIMEOUT_MS);
    if (came == 0u) {
      need_have("FRAME", length, got);
      return;
    }
    crc = td_crc32(crc, to, came);
    got += (uint32_t)came;
  }
  if (crc != want) {
    td_text("e-[CRC need=");
    td_text_hex(want, 8);
    td_text(" have=");
    td_text_hex(crc, 8);
    td_text("]\r\n");
    return;
  }
  line("m-in-", length, "\r\n");
}

static td_status infer(void) {
  (void)td_port_ticks(); /* a port may feed a watchdog there */
  td_inputs_load();
  return td_model_invoke(NULL, NULL);
}

/* The least of a few: the first may find a cold cache. */
static uint32_t empty_lap(void) {
  uint32_t least = UINT32_MAX;
  for (uint32_t i = 0; i < 8u; i++) {
    const uint32_t start = td_port_ticks();
    const uint32_t ticks = td_port_ticks() - start;
    least = ticks < least ? ticks : least;
  }
  return least;
}

/* td run N W: N laps after W that are not timed; the loading of the inputs is in no lap. */
static void run(uint32_t laps, uint32_t warmup) {
  td_status status = TD_OK;
  while (warmup-- > 0u && status == TD_OK) {
    status = infer();
  }
  line("m-empty-", empty_lap(), "\r\n");
  while (laps > 0u && status == TD_OK) {
    uint32_t done = 0;
    for (; done < SLOTS / 8u && done < laps && status == TD_OK; done++) {
      td_inputs_load();
      const uint32_t start = td_port_ticks();
      status = td_model_invoke(NULL, NULL);
      slots[done] = td_port_ticks() - start;
    }
    for (uint32_t i = 0; i < done && status == TD_OK; i++) {
      line("m-ticks-", slots[i], "\r\n");
    }
    laps -= done;
  }
  td_can_run(status, 1);
}

typedef struct {
  uint32_t first; /* the layer of slot 0 */
  uint32_t next;  /* the layer that ends next: a layer's further outputs are no layer's end */
  uint32_t start;
} layer_clock;

static void time_layer(void *user, uint32_t layer, const void *output, size_t bytes) {
  layer_clock *clock = user;
  const uint32_t ticks = td_port_ticks() - clock->start;
  (void)output;
  (void)bytes;
  if (layer == clock->next && layer - clock->first < SLOTS) {
    slots[layer - clock->first] = ticks;
  }
  clock->next = layer + 1u;
  clock->start = td_port_ticks();
}

/* td layers: one inference for each SLOTS layers. */
static void layers(void) {
  layer_clock clock = {0, 0, td_port_ticks()};
  time_layer(&clock, 0, NULL, 0);
  line("m-empty-", slots[0], "\r\n");
  const uint32_t count = td_model_layer_count();
  for (; clock.first < count; clock.first += SLOTS) {
    memset(slots, 0, sizeof slots);
    td_inputs_load();
    clock.next = 0;
    clock.start = td_port_ticks();
    if (!td_can_run(td_model_invoke(time_layer, &clock), 1)) {
      return;
    }
    for (uint32_t i = 0; i < SLOTS && clock.first + i < count; i++) {
      line("m-layer-", clock.first + i, "-");
      line("", slots[i], "\r\n");
    }
  }
}

typedef struct {
  uint32_t layer;
  uint32_t output; /* how many of the layer's outputs come before it */
  int sent;
} wanted_output;

static void send_layer(void *user, uint32_t layer, const void *output, size_t bytes) {
  wanted_output *wanted = user;
  if (layer != wanted->layer || wanted->sent) {
    return;
  }
  if (wanted->output == 0u) {
    send_data(output, bytes);
    wanted->sent = 1;
  }
  wanted->output--;
}

/* td layer I [OUTPUT]: sent from within the inference, for later layers may overwrite it. */
static void layer_output(uint32_t layer, uint32_t output) {
  if (layer >= td_model_layer_count()) {
    need_have("LAYER", layer, td_model_layer_count());
    return;
  }
  td_inputs_load();
  wanted_output wanted = {layer, output, 0};
  if (td_can_run(td_model_invoke(send_layer, &wanted), 1) && !wanted.sent) {
    line("e-[LAYER silent=", layer, "");
    line(" output=", output, "]\r\n");
  }
}

static void output(uint32_t index) {
  if (index >= td_model_output_count()) {
    need_have("OUTPUT", index, td_model_output_count());
    return;
  }
  size_t bytes = 0;
  const void *data = td_model_output(index, &bytes);
  send_data(data, bytes);
}

static void memory(void) {
  line("m-mem-{\"stack_bytes\":", td_port_stack_used(), "");
  field("arena_bytes", td_model_arena_bytes());
  field("arena_used", td_model_arena_used());
  td_text("}\r\n");
}

/* td reset: what outlives an inference is forgotten. */
static void reset(void) {
  if (td_can_run(td_model_reset(), 1)) {
    td_text("m-reset\r\n");
  }
}

/* Whether `*words` starts with `name` as a whole word; moves `*words` past it. */
static int word(const char **words, const char *name) {
  const size_t size = strlen(name);
  if (strncmp(*words, name, size) != 0 || ((*words)[size] != ' ' && (*words)[size] != '\0')) {
    return 0;
  }
  *words += size;
  return 1;
}

/* Exactly `count` numbers up to the end of the line. */
static int numbers(const char *words, uint32_t *values, uint32_t count) {
  for (uint32_t i = 0; i < count; i++) {
    while (*words == ' ') {
      words++;
    }
    if (!td_parse_unsigned(&words, &values[i])) {
      return 0;
    }
  }
  return *words == '\0';
}

void td_command(const char *words, td_status status) {
  uint32_t n[3] = {0, 0, 0}; /* what may be left out is 0 */
  td_text_sum_start();
  if (word(&words, "info") && numbers(words, n, 0)) {
    info(status);
    td_text_sum();
  } else if (word(&words, "mem") && numbers(words, n, 0)) {
    memory();
    td_text_sum();
  } else if (word(&words, "in") && numbers(words, n, 3)) {
    input(n[0], n[1], n[2]);
  } else if (word(&words, "out") && numbers(words, n, 1)) {
    if (td_can_run(status, 1)) {
      output(n[0]);
    }
  } else if (word(&words, "reset") && numbers(words, n, 0)) {
    if (td_can_run(status, 1)) {
      reset();
    }
  } else if (word(&words, "run") && numbers(words, n, 2) && n[0] > 0u) {
    if (td_can_run(status, (uint64_t)n[0] + n[1])) {
      run(n[0], n[1]);
    }
    td_text_sum();
  } else if (word(&words, "layers") && numbers(words, n, 0)) {
    if (td_can_run(status, td_model_layer_count() > SLOTS ? 2 : 1)) {
      layers();
    }
    td_text_sum();
  } else if (word(&words, "layer") && (numbers(words, n, 2) || numbers(words, n, 1))) {
    if (td_can_run(status, 1)) {
      layer_output(n[0], n[1]);
    }
  } else {
    td_text("e-[USAGE td info|mem|layers|reset|in OFFSET LENGTH CRC|out I|layer I [OUTPUT]|run N "
            "W]\r\n");
  }
}
