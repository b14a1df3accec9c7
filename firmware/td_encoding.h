/* What the bytes of `db` and the figures of `results` stand for: MLPerf Tiny's benchmarks differ in
 * it.
 *
 * One file of encodings/ is part of a firmware. `profile` tells the name of the model. */
#ifndef TD_ENCODING_H
#define TD_ENCODING_H

#include <stdint.h>

const char *td_encoding_model(void);

/* A macro's value as text: quotes in a -D would have to get past PlatformIO, SCons and a shell. */
#define TD_ENCODING_TEXT(value) TD_ENCODING_TEXT_OF(value)
#define TD_ENCODING_TEXT_OF(value) #value

/* How many bytes `db` takes at most, and byte `position` of them. */
uint32_t td_encoding_bytes(void);
void td_encoding_put(uint32_t position, uint8_t byte);
uint8_t td_encoding_get(uint32_t position);

/* Before `infer`: the bytes become the model's inputs (td_inputs.h), where they are not yet. */
void td_encoding_load(void);

/* How many vectors `results` prints; element `item` of one in `*value`; returns its length. */
uint32_t td_encoding_results(void);
uint32_t td_encoding_result(uint32_t vector, uint32_t item, float *value);

#endif
