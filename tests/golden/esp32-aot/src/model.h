/* tiny as C, made by tinydeploy from a .tflite with SHA-256 428bca98069c4160…
 *
 * Usable on its own: this file, model_scales.h, model.c and the kernels it includes. No heap, no globals, re-entrant.
 *
 *   static model_state state;
 *   memcpy(state.arena + model_input_offset[0], input, model_input_bytes[0]);
 *   model_invoke(&state, NULL, NULL);
 *   const int8_t *output = state.arena + model_output_offset[0];
 *
 * The arena is also the workspace: write every input again before each invoke. */
#ifndef MODEL_H
#define MODEL_H

#include <stdalign.h>
#include <stddef.h>
#include <stdint.h>

#include "model_scales.h" /* real numbers in and out */

#ifdef __cplusplus
extern "C" {
#endif

#define MODEL_NAME "tiny"
#define MODEL_SHA256 "428bca98069c41608880a06d48387d61991007a58aa6ad2844b006b6f63d8ece"
#define MODEL_ARENA_BYTES 192
#define MODEL_LAYERS 4
#define MODEL_INPUTS 1
#define MODEL_OUTPUTS 1
#define MODEL_OUTPUT_KINDS "b" /* b int8, B uint8 or bool, h int16, i int32, f float32 */

extern const uint32_t model_input_offset[MODEL_INPUTS];
extern const uint32_t model_input_bytes[MODEL_INPUTS];
extern const uint32_t model_output_offset[MODEL_OUTPUTS];
extern const uint32_t model_output_bytes[MODEL_OUTPUTS];

typedef struct {
  alignas(16) int8_t arena[MODEL_ARENA_BYTES];
} model_state;

/* Nothing: the model has no variables, each invoke begins anew. */
void model_reset(model_state *state);

/* Called after each layer with its index and where its output lies at that moment; once for each
 * output of a layer that has several. */
typedef void (*model_hook)(void *user, uint32_t layer, const void *output, size_t bytes);

/* One inference; `hook` may be NULL. */
void model_invoke(model_state *state, model_hook hook, void *user);

#ifdef __cplusplus
}
#endif
#endif
