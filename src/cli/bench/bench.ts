export const runBench: any = 0;
