/* The model contract: what an engine gives to the firmware.
 *
 * Implemented once by the TensorFlow Lite Micro glue and once by the glue over generated C. */
#ifndef TD_MODEL_H
#define TD_MODEL_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
  TD_OK = 0,
  TD_ERROR_ARENA,  /* the arena is too small: td_model_arena_used() says what is needed, if known */
  TD_ERROR_OP,     /* an operator is not registered */
  TD_ERROR_INVOKE, /* the engine reported a failure */
  TD_ERROR_SCHEMA  /* the runtime reads the model otherwise: its schema, struct layout or scales */
} td_status;

/* Called after each layer with its index and where its output lies at that moment: once for each
 * output of a layer that has several, with NULL for a layer that has none. */
typedef void (*td_layer_hook)(void *user, uint32_t layer, const void *output, size_t bytes);

td_status td_model_init(void);

/* All that outlives an inference is again as after td_model_init; only for a model that is ready.
 */
td_status td_model_reset(void);

/* Input and output tensors; they stay where they are, and an input must be written again before
 * each invoke. */
uint32_t td_model_input_count(void);
uint32_t td_model_output_count(void);
void *td_model_input(uint32_t index, size_t *bytes);
const void *td_model_output(uint32_t index, size_t *bytes);

/* The real number that element `item` of output `index` stands for, in `*value`; returns how many
 * elements the output has. Only for people and the MLPerf runner: exact comparisons use the bytes.
 */
uint32_t td_model_result(uint32_t index, uint32_t item, float *value);

/* One inference. `hook` may be NULL. */
td_status td_model_invoke(td_layer_hook hook, void *user);

uint32_t td_model_layer_count(void);
uint32_t td_model_arena_bytes(void);
uint32_t td_model_arena_used(void);

/* The engine keeps its state (arena) in a variable called `td_model_state`, so that its size can be
 * read from the ELF; where it lies if not with the other variables, the board says by a section. */
#ifdef TD_ARENA_SECTION
#define TD_QUOTED(text) #text
#define TD_SECTION(name) __attribute__((section(TD_QUOTED(name))))
#define TD_ARENA_PLACE TD_SECTION(TD_ARENA_SECTION)
#else
#define TD_ARENA_PLACE
#endif

/* Constants of this build, for `td info`: engine, model's name and SHA-256. */
extern const char td_model_engine[];
extern const char td_model_name[];
extern const char td_model_sha256[];

#ifdef __cplusplus
}
#endif
#endif
