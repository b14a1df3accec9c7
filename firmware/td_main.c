/* The protocol loop and the commands of MLPerf Tiny's public API. What they print, spelling
 * included, is that protocol's: see docs/wire.md. */
#include <string.h>

#include "td_commands.h"
#include "td_encoding.h"
#include "td_inputs.h"
#include "td_model.h"
#include "td_port.h"
#include "td_text.h"

enum { COMMAND_BYTES = 80, DB_COLUMNS = 8, IDLE_MS = 1000 };

static td_status model_status;

/* Ticks since start-up; the port's counter wraps, so this looks at it at least once in IDLE_MS. */
static uint64_t elapsed_ticks;
static uint32_t last_ticks;

static struct {
  uint32_t size;
  uint32_t position;
} db;

/* What is left of the command, for next_word(). */
static char *rest;

static char *next_word(void) {
  while (*rest == ' ') {
    rest++;
  }
  char *word = rest;
  while (*rest != ' ' && *rest != '\0') {
    rest++;
  }
  if (*rest != '\0') {
    *rest++ = '\0';
  }
  return *word == '\0' ? NULL : word;
}

static void clock_update(void) {
  const uint32_t now = td_port_ticks();
  elapsed_ticks += now - last_ticks;
  last_ticks = now;
}

static void timestamp(void) {
  clock_update();
  const uint32_t hz = td_port_tick_hz();
  td_text("m-lap-us-");
  td_text_unsigned(elapsed_ticks / hz * 1000000u + elapsed_ticks % hz * 1000000u / hz);
  td_text("\r\n");
}

static void name(void) {
  td_text("m-name-dut-[tinydeploy]\r\n");
}

static void profile(void) {
  td_text("m-profile-[ULPMark for tinyML Firmware V0.0.1]\r\nm-model-[");
  td_text(td_encoding_model());
  td_text("]\r\n");
}

static void help(void) {
  td_text("ULPMark for tinyML Firmware V0.0.1\r\n\r\n"
          "help         : Print this information\r\n"
          "name         : Print the name of the device\r\n"
          "timestsamp   : Generate a timetsamp\r\n"
          "db SUBCMD    : Manipulate a generic byte buffer\r\n"
          "  load N     : Allocate N bytes and set load counter\r\n"
          "  db HH[HH]* : Load 8-bit hex byte(s) until N bytes\r\n"
          "  print [N=16] [offset=0]\r\n"
          "             : Print N bytes at offset as hex\r\n"
          "infer N [W=0]: Load input, execute N inferences after W warmup loops\r\n"
          "results      : Return the result fp32 vector\r\n");
}

static void db_load(const char *argument) {
  if (argument == NULL) {
    td_text("e-[Command 'db load' requires the # of bytes]\r\n");
    return;
  }
  const int32_t size = td_parse_signed(argument);
  db.position = 0;
  db.size = 0;
  if (size == 0) {
    td_text("e-[Command 'db load' must be >0 bytes]\r\n");
  } else if (size < 0 || (uint32_t)size > td_encoding_bytes()) {
    td_text("Supplied buffer size ");
    td_text_signed(size);
    td_text(" exceeds maximum of ");
    td_text_unsigned(td_encoding_bytes());
    td_text("\n");
  } else {
    db.size = (uint32_t)size;
    td_text("m-[Expecting ");
    td_text_unsigned(db.size);
    td_text(" bytes]\r\n");
  }
}

static void db_print(void) {
  for (uint32_t i = 0; i < db.size; i++) {
    if (i % DB_COLUMNS == 0u) {
      td_text("m-buffer-");
    }
    td_text_hex(td_encoding_get(i), 2);
    td_text((i + 1u) % DB_COLUMNS == 0u || i + 1u == db.size ? "\r\n" : "-");
  }
  if (db.size % DB_COLUMNS != 0u) {
    td_text("\r\n");
  }
}

static void db_bytes(const char *digits) {
  if (strlen(digits) % 2u != 0u) {
    td_text("e-[Insufficent number of hex digits]\r\n");
    return;
  }
  for (; *digits != '\0'; digits += 2) {
    const int high = td_parse_hex(digits[0]);
    const int low = td_parse_hex(digits[1]);
    if (high < 0 || low < 0) {
      td_text("e-[Invalid hex digit '");
      td_port_write(digits, 2);
      td_text("']\r\n");
      return;
    }
    if (db.position >= db.size) {
      td_text("e-[Buffer is full: 'db load' first]\r\n");
      return;
    }
    td_encoding_put(db.position++, (uint8_t)(high * 16 + low));
    if (db.position == db.size) {
      td_text("m-load-done\r\n"); /* digits beyond the size are dropped */
      return;
    }
  }
}

static void db_command(void) {
  const char *word = next_word();
  if (word == NULL) {
    td_text("e-[Command 'db' requires a subcommand]\r\n");
  } else if (strcmp(word, "load") == 0) {
    db_load(next_word());
  } else if (strcmp(word, "print") == 0) {
    db_print();
  } else {
    db_bytes(word);
  }
}

static void results(void) {
  td_text("m-results-[");
  const uint32_t outputs = model_status == TD_OK ? td_encoding_results() : 0u;
  for (uint32_t output = 0; output < outputs; output++) {
    uint32_t count = 1;
    for (uint32_t item = 0; item < count; item++) {
      float value = 0.0f;
      count = td_encoding_result(output, item, &value);
      if (output > 0u || item > 0u) {
        td_text(",");
      }
      td_text_milli(value);
    }
  }
  td_text("]\r\n");
}

static td_status infer_many(uint32_t count) {
  td_status status = TD_OK;
  while (count-- > 0u && status == TD_OK) {
    td_inputs_load();
    status = td_model_invoke(NULL, NULL);
    clock_update();
  }
  return status;
}

static void infer_command(void) {
  const char *word = next_word();
  const char *second = word == NULL ? NULL : next_word();
  const int32_t laps = word == NULL ? 1 : td_parse_signed(word);
  const int32_t warmup = second == NULL ? 10 : td_parse_signed(second);
  if (laps <= 0) {
    td_text("e-[Inference iterations must be >0]\r\n");
    return;
  }
  if (warmup < 0) {
    td_text("e-[Inference warmup must be >=0]\r\n");
    return;
  }
  if (!td_can_run(model_status, (uint64_t)laps + (uint64_t)warmup)) {
    return;
  }
  td_encoding_load();
  td_text("m-warmup-start-");
  td_text_signed(warmup);
  td_text("\r\n");
  if (!td_can_run(infer_many((uint32_t)warmup), 1)) {
    return;
  }
  td_text("m-warmup-done\r\nm-infer-start-");
  td_text_signed(laps);
  td_text("\r\n");
  timestamp();
  if (!td_can_run(infer_many((uint32_t)laps), 1)) {
    return;
  }
  timestamp();
  td_text("m-infer-done\r\n");
  results();
}

static void dispatch(char *command) {
  if (strncmp(command, "td ", 3) == 0) {
    td_command(command + 3, model_status);
    return;
  }
  rest = command;
  const char *word = next_word();
  if (word == NULL) {
    return;
  }
  if (strcmp(word, "name") == 0) {
    name();
  } else if (strcmp(word, "timestamp") == 0) {
    timestamp();
  } else if (strcmp(word, "profile") == 0) {
    profile();
  } else if (strcmp(word, "help") == 0) {
    help();
  } else if (strcmp(word, "db") == 0) {
    db_command();
  } else if (strcmp(word, "infer") == 0) {
    infer_command();
  } else if (strcmp(word, "results") == 0) {
    results();
  } else {
    td_text("e-[Unknown command: ");
    td_text(word);
    td_text("]\r\n");
  }
}

/* Up to the `%`; what is longer than a command can be is cut there, as MLPerf's own firmware does.
 */
static void read_command(char *command) {
  size_t size = 0;
  for (;;) {
    char c = 0;
    if (td_port_read(&c, 1, IDLE_MS) == 0u) {
      clock_update();
    } else if (c == '%') {
      command[size] = '\0';
      return;
    } else if (c != '\r' && c != '\n' && size < COMMAND_BYTES) {
      command[size++] = c;
    }
  }
}

void td_main(void) {
  td_port_init();
  last_ticks = td_port_ticks();
  model_status = td_model_init();
  if (model_status == TD_OK) {
    td_inputs_init();
  }
  td_text("m-timestamp-mode-performance\r\n");
  timestamp();
  td_text("m-init-done\r\nm-ready\r\n");
  for (;;) {
    static char command[COMMAND_BYTES + 1];
    read_command(command);
    dispatch(command);
    td_text("m-ready\r\n");
  }
}
