/* The inputs as one run of bytes, all input tensors one after the other.
 *
 * An inference may overwrite its input, for input tensors live in the arena. So the bytes are kept
 * in RAM that the port lends, and loaded into the tensors before each inference. Where the port has
 * no such RAM, they lie in the tensors themselves and are good for one inference. */
#ifndef TD_INPUTS_H
#define TD_INPUTS_H

#include <stddef.h>
#include <stdint.h>

/* Once, after td_model_init() succeeded. */
void td_inputs_init(void);
uint32_t td_inputs_bytes(void);

/* Where byte `position` is kept; `*bytes` are contiguous from there on. `position` <
 * td_inputs_bytes(). */
uint8_t *td_inputs_at(uint32_t position, size_t *bytes);

/* Whether the bytes outlive an inference. */
int td_inputs_kept(void);
void td_inputs_load(void);

#endif
