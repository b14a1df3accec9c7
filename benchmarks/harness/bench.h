/* What an engine gives to the benchmark's program: a model, its samples, and one function that runs
 * it. */
#ifndef BENCH_H
#define BENCH_H

#include <stdint.h>

extern const uint32_t bench_input_bytes;
extern const uint32_t bench_output_bytes;
extern const uint32_t bench_sample_count;
/* bench_sample_count samples of bench_input_bytes each. */
extern const int8_t bench_samples[];

/* Where the program puts a sample and finds the result. */
extern int8_t bench_input[];
extern int8_t bench_output[];

/* One inference from bench_input to bench_output. */
void bench_infer(void);

#endif
